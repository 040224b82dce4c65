#include "few-row-ops.h"

#include <memory>
#include <mutex>
#include <vector>

#include "few-row-rules.h"

namespace medtune {

namespace {

// Reads attributes while TensorFlow makes a kernel.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *context) : context_(context), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (TF_GetCode(status_.get()) != TF_OK) TF_OpKernelConstruction_Failure(context_, status_.get());
  }
  int64_t Int(const char *name) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(context_, name, &value, status_.get());
    return value;
  }
  float Float(const char *name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(context_, name, &value, status_.get());
    return value;
  }
  TF_DataType Type(const char *name) {
    TF_DataType value = TF_FLOAT;
    TF_OpKernelConstruction_GetAttrType(context_, name, &value, status_.get());
    return value;
  }

 private:
  TF_OpKernelConstruction *const context_;
  std::unique_ptr<TF_Status, StatusDeleter> status_;
};

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

template <typename Rule, void (*compute)(const Rule &, Call *)>
void Compute(void *rule, TF_OpKernelContext *context) {
  Call call(context);
  compute(*static_cast<const Rule *>(rule), &call);
}

template <typename Rule>
void Delete(void *rule) {
  delete static_cast<Rule *>(rule);
}

struct Definition {
  const char *name;
  std::vector<const char *> inputs;
  const char *output;
  std::vector<const char *> attributes;
  bool stateful;
  void *(*create)(TF_OpKernelConstruction *);
  void (*compute)(void *, TF_OpKernelContext *);
  void (*destroy)(void *);
};

void UnknownShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

bool Register(const Definition &definition, TF_Status *status) {
  TF_OpDefinitionBuilder *op = TF_NewOpDefinitionBuilder(definition.name);
  for (const char *attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  for (const char *input : definition.inputs) TF_OpDefinitionBuilderAddInput(op, input);
  TF_OpDefinitionBuilderAddOutput(op, definition.output);
  TF_OpDefinitionBuilderSetIsStateful(op, definition.stateful);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, UnknownShape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_KernelBuilder *kernel =
      TF_NewKernelBuilder(definition.name, "CPU", definition.create, definition.compute, definition.destroy);
  TF_RegisterKernelBuilder(definition.name, kernel, status);
  return TF_GetCode(status) == TF_OK;
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

bool InterfaceIsThere() {
  return TF_NewOpDefinitionBuilder && TF_OpDefinitionBuilderAddAttr && TF_OpDefinitionBuilderAddInput &&
         TF_OpDefinitionBuilderAddOutput && TF_OpDefinitionBuilderSetIsStateful &&
         TF_OpDefinitionBuilderSetShapeInferenceFunction && TF_ShapeInferenceContextSetUnknownShape &&
         TF_RegisterOpDefinition && TF_NewKernelBuilder && TF_RegisterKernelBuilder &&
         TF_OpKernelConstruction_GetAttrType && TF_OpKernelConstruction_GetAttrInt64 &&
         TF_OpKernelConstruction_GetAttrFloat && TF_OpKernelConstruction_Failure && TF_OpKernelContext_Failure &&
         TF_GetInput && TF_AllocateOutput;
}

}  // namespace

void RegisterFewRowOps() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!InterfaceIsThere()) return;
    const std::unique_ptr<TF_Status, StatusDeleter> status(TF_NewStatus());
    for (const Definition &definition : Definitions())
      if (!Register(definition, status.get())) return;
  });
}

}  // namespace medtune
