// What the operations of many rows compute, and the attributes each has.
#ifndef MEDTUNE_MANY_ROW_RULES_H_
#define MEDTUNE_MANY_ROW_RULES_H_

#include "kernel-call.h"

namespace medtune {

struct GateRowsRule {
  int64_t is_gelu;
  TF_DataType dtype;
};

void GateRows(const GateRowsRule &rule, Call *call);
void GateRowsGrad(const GateRowsRule &rule, Call *call);

struct NormalizeRule {
  float epsilon, offset;
  TF_DataType dtype;
};

void NormalizeRows(const NormalizeRule &rule, Call *call);

struct NormalizeGradRule {
  float offset;
  int64_t adds;
};

void NormalizeRowsGrad(const NormalizeGradRule &rule, Call *call);

struct AttendRule {
  // c: scores s become c · tanh(s / c); 0 for none.
  float soft_cap;
};

void Attend(const AttendRule &rule, Call *call);
void AttendGrad(const AttendRule &rule, Call *call);

struct CrossEntropyRule {
  float soft_cap;
  int64_t gradients;
};

void CrossEntropy(const CrossEntropyRule &rule, Call *call);

struct TurnRule {
  int64_t by_token;
  TF_DataType dtype;
};

void TurnRows(const TurnRule &rule, Call *call);

struct LowRankRule {
  TF_DataType dtype;
};

void AddLowRank(const LowRankRule &rule, Call *call);

// Calls body(p, q) with pointers of the types that two dtypes stand for.
template <typename Body>
void WithTypes(TF_DataType p, TF_DataType q, Body body) {
  float *wide = nullptr;
  uint16_t *half = nullptr;
  if (p == TF_FLOAT && q == TF_FLOAT) body(wide, wide);
  if (p == TF_FLOAT && q != TF_FLOAT) body(wide, half);
  if (p != TF_FLOAT && q == TF_FLOAT) body(half, wide);
  if (p != TF_FLOAT && q != TF_FLOAT) body(half, half);
}

}  // namespace medtune

#endif  // MEDTUNE_MANY_ROW_RULES_H_
