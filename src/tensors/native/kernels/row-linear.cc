#include "row-linear.h"

#include <utility>

#include "row-workers.h"

namespace medtune {

int Plan::Next() {
  call_->Require(next_ < numbers_.count(), "a layer takes a whole plan");
  return call_->ok() ? numbers_.data<int32_t>()[next_++] : -1;
}

std::unique_ptr<Call::Input> Plan::NextInput() {
  const int index = Next();
  if (index < 0) return nullptr;
  return std::make_unique<Call::Input>(call_->Get(index));
}

Call::Input Plan::NeededInput() {
  const int index = Next();
  call_->Require(index >= 0, "a layer takes a whole plan");
  return call_->Get(index);
}

namespace {

void MultiplyDense(const Call::Input &w, size_t begin, size_t end, const PreparedVector &x, float *y) {
  if (w.dtype() == TF_FLOAT)
    BestRowKernels().multiply_float32(w.data<float>(), begin, end, x, y);
  else
    BestRowKernels().multiply_bfloat16(w.data<uint16_t>(), begin, end, x, y);
}

}  // namespace

RowLinear::RowLinear(Plan *plan)
    : dtype_(static_cast<TF_DataType>(plan->Next())), out_(static_cast<size_t>(plan->Next())) {
  bias_ = plan->NextInput();
  a_ = plan->NextInput();
  b_ = plan->NextInput();
  if (plan->Next() == 0) {
    dense_ = plan->NextInput();
    return;
  }
  const int rounding = plan->Next(), nested = plan->Next();
  PackedInputs inputs;
  for (int &input : inputs) input = plan->Next();
  if (plan->call()->ok())
    packed_ = std::make_unique<PackedInput>(Nf4Rule{static_cast<int64_t>(out_), 1, rounding, nested}, plan->call(),
                                            inputs);
}

void RowLinear::RequireSize(Call *call, size_t size) const {
  if (!call->ok()) return;
  call->Require(dtype_ == TF_FLOAT || dtype_ == TF_BFLOAT16, "linear layers of a token are float32 or bfloat16");
  if (dense_)
    call->Require(dense_->dtype() == dtype_ && dense_->size(-1) == size && dense_->count() == out_ * size,
                  "linear layer of a token takes w [out, in]");
  else
    call->Require(packed_ && packed_->value_count() >= out_ * size, "4-bit product takes a block for every value");
  call->Require(!bias_ || (bias_->dtype() == TF_FLOAT && bias_->count() == out_),
                "linear layer of a token takes a bias [out]");
  const bool adapted = a_ && b_;
  call->Require(!adapted || (a_->dtype() == dtype_ && b_->dtype() == dtype_ && a_->size(-1) == size &&
                             b_->size(0) == out_ && b_->size(-1) == a_->size(0)),
                "linear layer of a token takes an adapter A [R, in], B [out, R]");
}

void RowLinear::Begin(const PreparedVector &x) {
  if (!a_) return;
  std::vector<float> xa(a_->size(0));
  MultiplyDense(*a_, 0, xa.size(), x, xa.data());
  for (float &number : xa) number = RoundedTo(dtype_, number);
  adapted_.Set(xa.data(), xa.size());
}

void RowLinear::Multiply(size_t begin, size_t end, const PreparedVector &x, float *y) const {
  if (dense_)
    MultiplyDense(*dense_, begin, end, x, y);
  else
    for (size_t row = begin; row < end; row++)
      y[row - begin] = BestRowKernels().multiply_nf4(packed_->matrix(), packed_->StoredRow(row) * x.size(), x);
  const size_t count = end - begin;
  if (dtype_ != TF_FLOAT)
    for (size_t i = 0; i < count; i++) y[i] = RoundedTo(dtype_, y[i]);
  if (bias_)
    for (size_t i = 0; i < count; i++)
      y[i] = RoundedTo(dtype_, y[i] + RoundedTo(dtype_, bias_->data<float>()[begin + i]));
  if (!b_) return;
  static thread_local std::vector<float> added;
  added.resize(count);
  MultiplyDense(*b_, begin, end, adapted_, added.data());
  for (size_t i = 0; i < count; i++) y[i] = RoundedTo(dtype_, y[i] + RoundedTo(dtype_, added[i]));
}

StackedLinears::StackedLinears(Plan *plan, int count) {
  for (int i = 0; i < count && plan->call()->ok(); i++) {
    linears_.emplace_back(plan);
    out_ += linears_.back().out();
    plan->call()->Require(linears_.back().dtype() == linears_.front().dtype(),
                          "linear layers of one input are of one dtype");
  }
  plan->call()->Require(!linears_.empty(), "a layer takes a linear layer at least for each of its parts");
}

void StackedLinears::RequireSize(Call *call, size_t size) const {
  for (const RowLinear &linear : linears_) linear.RequireSize(call, size);
}

void StackedLinears::Begin(const PreparedVector &x) {
  for (RowLinear &linear : linears_) linear.Begin(x);
}

void StackedLinears::Multiply(size_t begin, size_t end, const PreparedVector &x, float *y) const {
  size_t first = 0;
  for (const RowLinear &linear : linears_) {
    const size_t last = first + linear.out();
    const size_t from = begin > first ? begin : first, to = end < last ? end : last;
    if (from < to) linear.Multiply(from - first, to - first, x, y + (from - begin));
    first = last;
  }
}

void StackedLinears::MultiplyAll(const PreparedVector &x, float *y) {
  Begin(x);
  ShareRows(out_, StretchRows(row_bytes(x.size())),
            [&](size_t begin, size_t end) { Multiply(begin, end, x, y + begin); });
}

}  // namespace medtune
