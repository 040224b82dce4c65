#include <cstddef>
#include <vector>

#include "few-row-rules.h"
#include "row-workers.h"

namespace medtune {

namespace {

void Prepare(PreparedVector *vector, TF_DataType dtype, const void *data, size_t first, size_t size) {
  if (dtype == TF_FLOAT)
    vector->Set(static_cast<const float *>(data) + first, size);
  else
    vector->SetBfloat16(static_cast<const uint16_t *>(data) + first, size);
}

// Bytes of weights that one thread takes at a time.
constexpr size_t kStretchBytes = 1 << 16;
constexpr size_t kMostStretchRows = 256;

size_t StretchRows(size_t row_bytes) {
  const size_t rows = kStretchBytes / (row_bytes == 0 ? 1 : row_bytes);
  return rows < 1 ? 1 : rows < kMostStretchRows ? rows : kMostStretchRows;
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

// A packed matrix among the inputs of a call, from index `first` on: packed uint8 [blocks, block size / 2], the two
// levels of each byte complex64 [256], rows int32 [out] (or none: the matrix's own order), then codes, their levels,
// maxima and offset: nested, uint8 [rows, codes a row], [256], [rows] and [1]; plain, maxima [blocks] alone.
class PackedInput {
 public:
  PackedInput(const Nf4Rule &rule, Call *call, int first)
      : packed_(call->Get(first)),
        pairs_(call->Get(first + 1)),
        rows_(call->Get(first + 2)),
        codes_(call->Get(first + 3)),
        code_levels_(call->Get(first + 4)),
        maxima_(call->Get(first + 5)),
        offset_(call->Get(first + 6)),
        out_(static_cast<size_t>(rule.out)) {
    if (!call->ok()) return;
    call->Require(packed_.rank() == 2 && pairs_.count() == 256 && rule.heads > 0 && rule.out % rule.heads == 0,
                  "4-bit matrix takes packed [blocks, bytes], 256 pairs of levels and whole heads");
    call->Require(rows_.count() == 0 || rows_.count() == out_, "4-bit matrix takes no row numbers or one for each row");
    const size_t blocks = packed_.size(0);
    matrix_.packed = packed_.data<uint8_t>();
    matrix_.block_size = 2 * packed_.size(-1);
    matrix_.rounding = static_cast<int>(rule.rounding);
    matrix_.maxima = maxima_.data<float>();
    if (rule.nested) {
      matrix_.codes = codes_.data<uint8_t>();
      matrix_.code_levels = code_levels_.data<float>();
      matrix_.row_maxima = maxima_.data<float>();
      matrix_.codes_per_row = codes_.size(-1);
      matrix_.offset = offset_.count() == 1 ? offset_.data<float>()[0] : 0;
      call->Require(code_levels_.count() == 256 && codes_.count() >= blocks && codes_.size(0) == maxima_.count() &&
                        offset_.count() == 1,
                    "4-bit matrix takes a code for every block, a maximum for every row of codes and one offset");
    } else {
      call->Require(maxima_.count() >= blocks, "4-bit matrix takes a maximum for every block");
    }
    for (size_t i = 0; call->ok() && i < rows_.count(); i++)
      call->Require(rows_.data<int32_t>()[i] >= 0 && static_cast<size_t>(rows_.data<int32_t>()[i]) < out_,
                    "4-bit matrix takes row numbers below out");
    // A byte below 16 has the first level in its high half and its own in the low one.
    for (int code = 0; call->ok() && code < 16; code++) matrix_.levels[code] = pairs_.data<float>()[2 * code + 1];
  }

  const Nf4Matrix &matrix() const { return matrix_; }
  size_t value_count() const { return packed_.size(0) * matrix_.block_size; }
  // Which stored row a row of the matrix is.
  size_t StoredRow(size_t row) const {
    return rows_.count() == 0 ? row : static_cast<size_t>(rows_.data<int32_t>()[row]);
  }

 private:
  const Call::Input packed_, pairs_, rows_, codes_, code_levels_, maxima_, offset_;
  const size_t out_;
  Nf4Matrix matrix_{};
};

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
  const PackedInput w(rule, call, 1);
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
  const PackedInput w(rule.packed, call, 0);
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
