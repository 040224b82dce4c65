#include "few-row-ops.h"

#include <vector>

#include "few-row-rules.h"
#include "kernel-registration.h"

namespace medtune {

namespace {

void *CreateNothing(TF_OpKernelConstruction *) { return nullptr; }
void DeleteNothing(void *) {}

void *CreateNf4Rule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new Nf4Rule{attributes.Int("out"), attributes.Int("heads"), attributes.Int("rounding"),
                     attributes.Int("nested")};
}

void *CreateMatrixRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  const Nf4Rule packed = {attributes.Int("out"), 1, attributes.Int("rounding"), attributes.Int("nested")};
  return new MatrixRule{packed, attributes.Int("width"), attributes.Type("T")};
}

void *CreateAttentionRule(TF_OpKernelConstruction *context) {
  return new AttentionRule{Attributes(context).Float("soft_cap")};
}

void *CreateNormRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new NormRule{attributes.Float("epsilon"), attributes.Float("offset"), attributes.Type("U")};
}

void *CreateGateRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new GateRule{attributes.Int("is_gelu"), attributes.Type("U")};
}

void *CreateLayerRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new LayerRule{attributes.Float("epsilon"), attributes.Float("offset"), attributes.Float("soft_cap"),
                       attributes.Int("is_gelu")};
}

void ComputeRowProduct(void *, TF_OpKernelContext *context) {
  Call call(context);
  RowProduct(&call);
}

constexpr const char *kDtype = "T: {float, bfloat16}";

std::vector<Definition> Definitions() {
  return {
      {"MedtuneRowProduct", {"x: T", "w: T"}, "y: T", {kDtype}, false, CreateNothing, ComputeRowProduct, DeleteNothing},
      {"MedtuneNf4Product",
       {"x: T", "packed: uint8", "pairs: complex64", "rows: int32", "codes: uint8", "code_levels: float",
        "maxima: float", "offset: float"},
       "y: T",
       {kDtype, "out: int", "heads: int", "rounding: int", "nested: int"},
       false,
       CreateNf4Rule,
       Compute<Nf4Rule, Nf4Product>,
       Delete<Nf4Rule>},
      {"MedtuneNf4Decode",
       {"packed: uint8", "pairs: complex64", "rows: int32", "codes: uint8", "code_levels: float", "maxima: float",
        "offset: float"},
       "w: T",
       {kDtype, "out: int", "width: int", "rounding: int", "nested: int"},
       false,
       CreateMatrixRule,
       Compute<MatrixRule, Nf4Decode>,
       Delete<MatrixRule>},
      {"MedtuneStepAttention",
       {"query: U", "key: U", "value: T", "query_turns: complex64", "key_turns: complex64", "key_cache: T",
        "value_cache: T", "place: int32"},
       "attended: T",
       {kDtype, "U: {float, bfloat16}", "soft_cap: float"},
       // It writes into the caches: neither to be left out nor to be taken for another call.
       true,
       CreateAttentionRule,
       Compute<AttentionRule, StepAttention>,
       Delete<AttentionRule>},
      {"MedtuneDecodeLayers",
       {"plan: int32", "x: float", "floats: F * float", "halves: H * bfloat16", "bytes: B * uint8",
        "tables: P * complex64", "integers: I * int32"},
       "y: float",
       {"F: int >= 0", "H: int >= 0", "B: int >= 0", "P: int >= 0", "I: int >= 0", "epsilon: float", "offset: float",
        "soft_cap: float", "is_gelu: int"},
       // As attention's.
       true,
       CreateLayerRule,
       Compute<LayerRule, DecodeLayers>,
       Delete<LayerRule>},
      {"MedtuneNormRows",
       {"x: float", "weight: float"},
       "y: U",
       {"U: {float, bfloat16}", "epsilon: float", "offset: float"},
       false,
       CreateNormRule,
       Compute<NormRule, NormRows>,
       Delete<NormRule>},
      {"MedtuneGatedUnit",
       {"gate: T", "up: T"},
       "y: U",
       {kDtype, "U: {float, bfloat16}", "is_gelu: int"},
       false,
       CreateGateRule,
       Compute<GateRule, GatedUnit>,
       Delete<GateRule>},
  };
}

}  // namespace

void RegisterFewRowOps() { RegisterOnce<Definitions>(); }

}  // namespace medtune
