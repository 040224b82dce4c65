#include "many-row-ops.h"

#include <vector>

#include "kernel-registration.h"
#include "many-row-rules.h"

namespace medtune {

namespace {

void *CreateGateRowsRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new GateRowsRule{attributes.Int("is_gelu"), attributes.Type("U")};
}

void *CreateNormalizeRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new NormalizeRule{attributes.Float("epsilon"), attributes.Float("offset"), attributes.Type("U")};
}

void *CreateNormalizeGradRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new NormalizeGradRule{attributes.Float("offset"), attributes.Int("adds")};
}

void *CreateAttendRule(TF_OpKernelConstruction *context) { return new AttendRule{Attributes(context).Float("soft_cap")}; }

void *CreateCrossEntropyRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new CrossEntropyRule{attributes.Float("soft_cap"), attributes.Int("gradients")};
}

void *CreateTurnRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new TurnRule{attributes.Int("by_token"), attributes.Type("U")};
}

void *CreateLowRankRule(TF_OpKernelConstruction *context) { return new LowRankRule{Attributes(context).Type("U")}; }

constexpr const char *kIn = "T: {float, bfloat16}", *kOut = "U: {float, bfloat16}";

std::vector<Definition> Definitions() {
  return {
      {"MedtuneGateRows",
       {"gate: T", "up: T"},
       "y: U",
       {kIn, kOut, "is_gelu: int"},
       false,
       CreateGateRowsRule,
       Compute<GateRowsRule, GateRows>,
       Delete<GateRowsRule>},
      {"MedtuneGateRowsGrad",
       {"gate: T", "up: T", "dy: U"},
       "dgate: T",
       {kIn, kOut, "is_gelu: int"},
       false,
       CreateGateRowsRule,
       Compute<GateRowsRule, GateRowsGrad>,
       Delete<GateRowsRule>,
       {"dup: T"}},
      {"MedtuneNormalizeRows",
       {"x: float", "weight: float"},
       "y: U",
       {kOut, "epsilon: float", "offset: float"},
       false,
       CreateNormalizeRule,
       Compute<NormalizeRule, NormalizeRows>,
       Delete<NormalizeRule>,
       {"normalized: float", "inverse: float"}},
      {"MedtuneNormalizeRowsGrad",
       {"dy: float", "normalized: float", "inverse: float", "weight: float", "residual: float"},
       "dx: float",
       {"offset: float", "adds: int"},
       false,
       CreateNormalizeGradRule,
       Compute<NormalizeGradRule, NormalizeRowsGrad>,
       Delete<NormalizeGradRule>},
      {"MedtuneAttend",
       {"query: T", "key: T", "value: T", "first: int32"},
       "attended: T",
       {kIn, "soft_cap: float"},
       false,
       CreateAttendRule,
       Compute<AttendRule, Attend>,
       Delete<AttendRule>,
       {"statistics: float"}},
      {"MedtuneAttendGrad",
       {"query: T", "key: T", "value: T", "attended: T", "dattended: T", "statistics: float", "first: int32"},
       "dquery: T",
       {kIn, "soft_cap: float"},
       false,
       CreateAttendRule,
       Compute<AttendRule, AttendGrad>,
       Delete<AttendRule>,
       {"dkey: float", "dvalue: float"}},
      {"MedtuneCrossEntropy",
       {"logits: T", "labels: int32"},
       "losses: float",
       {kIn, "soft_cap: float", "gradients: int"},
       // It writes into the logits: neither to be left out nor to be taken for another call.
       true,
       CreateCrossEntropyRule,
       Compute<CrossEntropyRule, CrossEntropy>,
       Delete<CrossEntropyRule>,
       {"at_label: float"}},
      {"MedtuneTurnRows",
       {"x: T", "turns: complex64"},
       "y: U",
       {kIn, kOut, "by_token: int"},
       false,
       CreateTurnRule,
       Compute<TurnRule, TurnRows>,
       Delete<TurnRule>},
      {"MedtuneAddLowRank",
       {"x: T", "left: T", "right: T"},
       "y: U",
       {kIn, kOut},
       false,
       CreateLowRankRule,
       Compute<LowRankRule, AddLowRank>,
       Delete<LowRankRule>},
  };
}

}  // namespace

void RegisterManyRowOps() { RegisterOnce<Definitions>(); }

}  // namespace medtune
