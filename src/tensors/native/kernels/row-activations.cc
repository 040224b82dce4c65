#include <cmath>
#include <cstddef>
#include <vector>

#include "few-row-rules.h"

namespace medtune {

float InverseRms(const float *x, size_t size, float epsilon) {
  double squares = 0;
  for (size_t i = 0; i < size; i++) squares += static_cast<double>(x[i]) * x[i];
  return 1.0f / std::sqrt(static_cast<float>(squares / static_cast<double>(size)) + epsilon);
}

// v(g) = g, or √(8/π) · (g + 0.044715 g³) for GELU.
float Gated(bool is_gelu, float gate, float up) {
  const float v = is_gelu ? 1.5957691216057308f * (gate + 0.044715f * gate * gate * gate) : gate;
  return gate / (1.0f + std::exp(-v)) * up;
}

// x float32 [N, E], weight float32 [E] → x / √(mean(x²) + ε) · (weight + offset), [N, E].
void NormRows(const NormRule &rule, Call *call) {
  const Call::Input x = call->Get(0), weight = call->Get(1);
  if (!call->ok()) return;
  const size_t count = x.count(), width = weight.count();
  call->Require(width > 0 && x.rank() > 0 && x.size(-1) == width, "norm takes x [.., E] and a weight [E]");
  if (!call->ok()) return;
  std::vector<int64_t> shape;
  for (int axis = 0; axis < x.rank(); axis++) shape.push_back(static_cast<int64_t>(x.size(axis)));
  void *y = call->Allocate(rule.dtype, shape);
  if (y == nullptr) return;
  const float *factors = weight.data<float>();
  for (size_t first = 0; first < count; first += width) {
    const float *row = x.data<float>() + first;
    const float inverse = InverseRms(row, width, rule.epsilon);
    for (size_t i = 0; i < width; i++)
      WriteAs(rule.dtype, y, first + i, row[i] * inverse * (factors[i] + rule.offset));
  }
}

// gate and up of one shape → gate · σ(v(gate)) · up.
void GatedUnit(const GateRule &rule, Call *call) {
  const Call::Input gate = call->Get(0), up = call->Get(1);
  if (!call->ok()) return;
  call->Require(gate.count() == up.count() && gate.rank() > 0, "gated unit takes a gate and an up of one shape");
  if (!call->ok()) return;
  std::vector<int64_t> shape;
  for (int axis = 0; axis < gate.rank(); axis++) shape.push_back(static_cast<int64_t>(gate.size(axis)));
  void *y = call->Allocate(rule.dtype, shape);
  if (y == nullptr) return;
  for (size_t i = 0; i < gate.count(); i++) {
    const float g = ReadAs(gate.dtype(), gate.data<void>(), i), u = ReadAs(up.dtype(), up.data<void>(), i);
    WriteAs(rule.dtype, y, i, Gated(rule.is_gelu, g, u));
  }
}

}  // namespace medtune
