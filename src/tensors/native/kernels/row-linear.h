// Linear layers of one token: what one call of a kernel is given of them, and their products with one vector.
#ifndef MEDTUNE_ROW_LINEAR_H_
#define MEDTUNE_ROW_LINEAR_H_

#include <memory>
#include <vector>

#include "packed-input.h"

namespace medtune {

inline float RoundedTo(TF_DataType dtype, float value) {
  return dtype == TF_FLOAT ? value : FromBfloat16(ToBfloat16(value));
}

// Reads the numbers that say which inputs of a call are what; −1 stands for none.
class Plan {
 public:
  Plan(Call *call, int index) : call_(call), numbers_(call->Get(index)) {}
  int Next();
  // The input that the next number names.
  std::unique_ptr<Call::Input> NextInput();
  // The same where there must be one.
  Call::Input NeededInput();
  Call *call() const { return call_; }

 private:
  Call *const call_;
  const Call::Input numbers_;
  size_t next_ = 0;
};

// y = W x + b (+ B A x): products and sums are rounded to one dtype.
class RowLinear {
 public:
  // The plan's numbers: dtype, out, bias, A, B, then 0 and a dense matrix, or 1, rounding, nested and the inputs of a
  // packed one.
  explicit RowLinear(Plan *plan);

  size_t out() const { return out_; }
  TF_DataType dtype() const { return dtype_; }
  size_t row_bytes(size_t size) const { return packed_ ? 2 * size : size * TF_DataTypeSize(dtype_); }
  void RequireSize(Call *call, size_t size) const;
  // Makes ready for products with x; before `Multiply`, on one thread.
  void Begin(const PreparedVector &x);
  // Rows begin … end of y.
  void Multiply(size_t begin, size_t end, const PreparedVector &x, float *y) const;

 private:
  TF_DataType dtype_;
  size_t out_;
  std::unique_ptr<Call::Input> bias_, a_, b_, dense_;
  std::unique_ptr<PackedInput> packed_;
  PreparedVector adapted_;
};

// Linear layers of one input, their outputs one after another.
class StackedLinears {
 public:
  StackedLinears(Plan *plan, int count);

  size_t out() const { return out_; }
  TF_DataType dtype() const { return linears_.front().dtype(); }
  size_t row_bytes(size_t size) const { return linears_.front().row_bytes(size); }
  void RequireSize(Call *call, size_t size) const;
  void Begin(const PreparedVector &x);
  void Multiply(size_t begin, size_t end, const PreparedVector &x, float *y) const;
  // All rows, on all threads.
  void MultiplyAll(const PreparedVector &x, float *y);

 private:
  std::vector<RowLinear> linears_;
  size_t out_ = 0;
};

}  // namespace medtune

#endif  // MEDTUNE_ROW_LINEAR_H_
