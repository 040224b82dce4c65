#include <vector>

#include "many-row-rules.h"
#include "share-passes.h"

namespace medtune {

namespace {

// Rows taken together, so that each value of the right factor is loaded once for all of them.
constexpr size_t kRows = 8;
// Rows that one thread takes: many, because each stretch converts the right factor anew.
constexpr size_t kStretch = 64;

template <typename In, typename Out>
struct LowRankPass {
  const In *x, *left, *right;
  Out *y;
  size_t width, rank;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    std::vector<float> factors(rank * width), coefficients(rank * kRows);
    for (size_t i = 0; i < rank * width; i += kWide) {
      typedef Lanes<kWide> L;
      L::Store(factors.data() + i, rank * width - i, L::Load(right + i, rank * width - i));
    }
    for (size_t row = begin; row < end; row += kRows) {
      const size_t count = end - row < kRows ? end - row : kRows;
      for (size_t k = 0; k < kRows; k++)
        for (size_t r = 0; r < rank; r++)
          coefficients[r * kRows + k] = k < count ? AsFloat(left[(row + k) * rank + r]) : 0.0f;
      AddRows<kWide>(row, count, coefficients.data(), factors.data());
    }
  }

 private:
  static float AsFloat(float value) { return value; }
  static float AsFloat(uint16_t value) { return FromBfloat16(value); }

  template <size_t kWide>
  MEDTUNE_INLINE void AddRows(size_t row, size_t count, const float *coefficients, const float *factors) const {
    typedef Lanes<kWide> L;
    for (size_t i = 0; i < width; i += kWide) {
      const size_t left_over = width - i;
      typename L::Wide sums[kRows] = {};
      for (size_t r = 0; r < rank; r++) {
        const typename L::Wide factor = L::Load(factors + r * width + i, left_over);
#pragma GCC unroll 8
        for (size_t k = 0; k < kRows; k++) sums[k] += factor * coefficients[r * kRows + k];
      }
#pragma GCC unroll 8
      for (size_t k = 0; k < kRows; k++)
        if (k < count) L::Store(y + (row + k) * width + i, left_over, L::Load(x + (row + k) * width + i, left_over) + sums[k]);
    }
  }
};

}  // namespace

// x [M, W], left [M, R], right [R, W] → x + left · right, added in float32.
void AddLowRank(const LowRankRule &rule, Call *call) {
  const Call::Input x = call->Get(0), left = call->Get(1), right = call->Get(2);
  if (!call->ok()) return;
  const size_t rows = x.size(0), width = x.size(1), rank = right.size(0);
  call->Require(x.rank() == 2 && left.count() == rows * rank && right.count() == rank * width,
                "low-rank sum takes x [M, W] and factors [M, R] and [R, W]");
  void *y = call->Allocate(0, rule.dtype, x.shape());
  if (y == nullptr || !call->ok()) return;
  WithTypes(x.dtype(), rule.dtype, [&](auto *in, auto *out) {
    typedef std::remove_pointer_t<decltype(in)> In;
    typedef std::remove_pointer_t<decltype(out)> Out;
    const LowRankPass<In, Out> pass = {x.data<In>(), left.data<In>(), right.data<In>(), static_cast<Out *>(y), width,
                                       rank};
    SharePass(pass, rows, kNumbersAtATime / kStretch);
  });
}

}  // namespace medtune
