#include "kernel-registration.h"

namespace medtune {

namespace {

void UnknownShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

bool RegisterOne(const Definition &definition, TF_Status *status) {
  TF_OpDefinitionBuilder *op = TF_NewOpDefinitionBuilder(definition.name);
  for (const char *attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  for (const char *input : definition.inputs) TF_OpDefinitionBuilderAddInput(op, input);
  TF_OpDefinitionBuilderAddOutput(op, definition.output);
  for (const char *output : definition.more_outputs) TF_OpDefinitionBuilderAddOutput(op, output);
  TF_OpDefinitionBuilderSetIsStateful(op, definition.stateful);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, UnknownShape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_KernelBuilder *kernel =
      TF_NewKernelBuilder(definition.name, "CPU", definition.create, definition.compute, definition.destroy);
  TF_RegisterKernelBuilder(definition.name, kernel, status);
  return TF_GetCode(status) == TF_OK;
}

bool InterfaceIsThere() {
  return TF_NewOpDefinitionBuilder && TF_OpDefinitionBuilderAddAttr && TF_OpDefinitionBuilderAddInput &&
         TF_OpDefinitionBuilderAddOutput && TF_OpDefinitionBuilderSetIsStateful &&
         TF_OpDefinitionBuilderSetShapeInferenceFunction && TF_ShapeInferenceContextSetUnknownShape &&
         TF_RegisterOpDefinition && TF_NewKernelBuilder && TF_RegisterKernelBuilder &&
         TF_OpKernelConstruction_GetAttrType && TF_OpKernelConstruction_GetAttrInt64 &&
         TF_OpKernelConstruction_GetAttrFloat && TF_OpKernelConstruction_Failure && TF_OpKernelContext_Failure &&
         TF_GetInput && TF_AllocateOutput && TF_ForwardInputOrAllocateOutput;
}

}  // namespace

void Register(const std::vector<Definition> &definitions) {
  if (!InterfaceIsThere()) return;
  const std::unique_ptr<TF_Status, StatusDeleter> status(TF_NewStatus());
  for (const Definition &definition : definitions)
    if (!RegisterOne(definition, status.get())) return;
}

}  // namespace medtune
