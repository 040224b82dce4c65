// What the operations of few rows compute, and the attributes each has.
#ifndef MEDTUNE_FEW_ROW_RULES_H_
#define MEDTUNE_FEW_ROW_RULES_H_

#include "kernel-call.h"

namespace medtune {

void RowProduct(Call *call);

struct Nf4Rule {
  int64_t out, heads, rounding, nested;
};

void Nf4Product(const Nf4Rule &rule, Call *call);

struct MatrixRule {
  Nf4Rule packed;
  int64_t width;
  TF_DataType dtype;
};

void Nf4Decode(const MatrixRule &rule, Call *call);

struct AttentionRule {
  float soft_cap;
};

void StepAttention(const AttentionRule &rule, Call *call);

struct NormRule {
  float epsilon, offset;
  TF_DataType dtype;
};

// 1 / √(mean(x²) + ε)
float InverseRms(const float *x, size_t size, float epsilon);

void NormRows(const NormRule &rule, Call *call);

struct GateRule {
  int64_t is_gelu;
  TF_DataType dtype;
};

// gate · σ(v(gate)) · up
float Gated(bool is_gelu, float gate, float up);

void GatedUnit(const GateRule &rule, Call *call);

struct LayerRule {
  float epsilon, offset, soft_cap;
  int64_t is_gelu;
};

void DecodeLayers(const LayerRule &rule, Call *call);

}  // namespace medtune

#endif  // MEDTUNE_FEW_ROW_RULES_H_
