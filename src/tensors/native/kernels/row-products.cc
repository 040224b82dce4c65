#include <cstddef>
#include <vector>

#include "few-row-rules.h"
#include "packed-input.h"
#include "row-workers.h"

namespace medtune {

namespace {

void Prepare(PreparedVector *vector, TF_DataType dtype, const void *data, size_t first, size_t size) {
  if (dtype == TF_FLOAT)
    vector->Set(static_cast<const float *>(data) + first, size);
  else
    vector->SetBfloat16(static_cast<const uint16_t *>(data) + first, size);
}

// y [N, out], or [heads, N, out / heads], of N vectors and `out` rows of a weight.
// @param multiply (begin, end, vector, y): products of rows begin … end
template <typename Multiply>
void MultiplyRows(Call *call, const Call::Input &x, size_t out, size_t heads, size_t row_bytes, Multiply multiply) {
  const size_t count = x.size(0), width = out / heads;
  std::vector<int64_t> shape = {static_cast<int64_t>(count), static_cast<int64_t>(width)};
  if (heads > 1) shape.insert(shape.begin(), static_cast<int64_t>(heads));
  const TF_DataType dtype = x.dtype();
  void *y = call->Allocate(dtype, shape);
  if (y == nullptr) return;
  static thread_local std::vector<PreparedVector> vectors;
  if (vectors.size() < count) vectors.resize(count);
  const size_t size = x.size(1);
  for (size_t n = 0; n < count; n++) Prepare(&vectors[n], dtype, x.data<void>(), n * size, size);
  const PreparedVector *prepared = vectors.data();
  ShareRows(out, StretchRows(row_bytes), [&](size_t begin, size_t end) {
    float sums[kMostStretchRows];
    for (size_t from = begin; from < end; from += kMostStretchRows) {
      const size_t to = from + kMostStretchRows < end ? from + kMostStretchRows : end;
      for (size_t n = 0; n < count; n++) {
        multiply(from, to, prepared[n], sums);
        for (size_t row = from; row < to; row++)
          WriteAs(dtype, y, (row / width * count + n) * width + row % width, sums[row - from]);
      }
    }
  });
}

}  // namespace

// x [N, in], w [out, in] or [heads, out / heads, in].
void RowProduct(Call *call) {
  const Call::Input x = call->Get(0), w = call->Get(1);
  if (!call->ok()) return;
  call->Require(x.rank() == 2 && (w.rank() == 2 || w.rank() == 3) && w.size(-1) == x.size(1),
                "row product takes x [N, in] and w [out, in] or [heads, out / heads, in]");
  if (!call->ok()) return;
  const size_t heads = w.rank() == 3 ? w.size(0) : 1;
  const size_t out = heads * w.size(-2);
  const size_t row_bytes = x.size(1) * TF_DataTypeSize(w.dtype());
  const RowKernels &kernels = BestRowKernels();
  MultiplyRows(call, x, out, heads, row_bytes, [&](size_t begin, size_t end, const PreparedVector &v, float *y) {
    if (w.dtype() == TF_FLOAT)
      kernels.multiply_float32(w.data<float>(), begin, end, v, y);
    else
      kernels.multiply_bfloat16(w.data<uint16_t>(), begin, end, v, y);
  });
}

// x [N, in], then a packed matrix.
void Nf4Product(const Nf4Rule &rule, Call *call) {
  const Call::Input x = call->Get(0);
  const PackedInput w(rule, call, ConsecutiveInputs(1));
  if (!call->ok()) return;
  const size_t size = x.size(1), out = static_cast<size_t>(rule.out);
  call->Require(x.rank() == 2 && w.value_count() >= out * size, "4-bit product takes x [N, in] and a block for every value");
  if (!call->ok()) return;
  const RowKernels &kernels = BestRowKernels();
  // Decoding costs more than reading: shorter stretches for the same time.
  const auto multiply = [&](size_t begin, size_t end, const PreparedVector &v, float *y) {
    for (size_t row = begin; row < end; row++)
      y[row - begin] = kernels.multiply_nf4(w.matrix(), w.StoredRow(row) * size, v);
  };
  MultiplyRows(call, x, out, static_cast<size_t>(rule.heads), size, multiply);
}

// A packed matrix → the dense one [out, width].
void Nf4Decode(const MatrixRule &rule, Call *call) {
  const PackedInput w(rule.packed, call, ConsecutiveInputs(0));
  if (!call->ok()) return;
  const size_t out = static_cast<size_t>(rule.packed.out), width = static_cast<size_t>(rule.width);
  call->Require(w.value_count() >= out * width, "4-bit matrix takes a block for every value");
  call->Require(rule.dtype == TF_FLOAT || (rule.packed.rounding & kRoundBfloat16),
                "4-bit matrix in bfloat16 takes values rounded to it");
  if (!call->ok()) return;
  void *y = call->Allocate(rule.dtype, {rule.packed.out, rule.width});
  if (y == nullptr) return;
  ShareRows(out, StretchRows(2 * width), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++) {
      const size_t first = w.StoredRow(row) * width;
      if (rule.dtype == TF_FLOAT)
        DecodeNf4(w.matrix(), first, width, static_cast<float *>(y) + row * width);
      else
        DecodeNf4(w.matrix(), first, width, static_cast<uint16_t *>(y) + row * width);
    }
  });
}

}  // namespace medtune
