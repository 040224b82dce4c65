// Several numbers at a time, written once for every width of vectors: those of the instructions that the function they are
// inlined into may use (`share-passes.h`).
#ifndef MEDTUNE_WIDE_LANES_H_
#define MEDTUNE_WIDE_LANES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "row-kernels.h"

namespace medtune {

#define MEDTUNE_INLINE inline __attribute__((always_inline))

// Spelled out for each width: a vector's size must not depend on a template's parameter.
template <size_t kWide>
struct LaneTypes;
#define MEDTUNE_LANE_TYPES(wide)                                     \
  template <>                                                        \
  struct LaneTypes<wide> {                                           \
    typedef float Wide __attribute__((vector_size(4 * wide)));       \
    typedef int32_t WideInts __attribute__((vector_size(4 * wide))); \
    typedef uint32_t WideBits __attribute__((vector_size(4 * wide))); \
    typedef uint64_t WidePairs __attribute__((vector_size(4 * wide))); \
    typedef uint16_t WideHalves __attribute__((vector_size(2 * wide))); \
  };
MEDTUNE_LANE_TYPES(4)
MEDTUNE_LANE_TYPES(8)
MEDTUNE_LANE_TYPES(16)

template <size_t kWide>
struct Lanes {
  typedef typename LaneTypes<kWide>::Wide Wide;
  typedef typename LaneTypes<kWide>::WideInts WideInts;
  typedef typename LaneTypes<kWide>::WideBits WideBits;
  typedef typename LaneTypes<kWide>::WidePairs WidePairs;
  typedef typename LaneTypes<kWide>::WideHalves WideHalves;

  static MEDTUNE_INLINE Wide LoadWide(const float *x) {
    Wide wide;
    std::memcpy(&wide, x, sizeof wide);
    return wide;
  }

  static MEDTUNE_INLINE Wide LoadWide(const uint16_t *x) {
    WideHalves halves;
    std::memcpy(&halves, x, sizeof halves);
    return reinterpret_cast<Wide>(__builtin_convertvector(halves, WideBits) << 16);
  }

  static MEDTUNE_INLINE void StoreWide(float *y, Wide x) { std::memcpy(y, &x, sizeof x); }

  // To nearest, ties to even.
  static MEDTUNE_INLINE void StoreWide(uint16_t *y, Wide x) {
    const WideBits bits = reinterpret_cast<WideBits>(x);
    const WideBits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const WideBits is_nan = reinterpret_cast<WideBits>(x != x);
    const WideHalves halves =
        __builtin_convertvector((rounded & ~is_nan) | (((bits >> 16) | 0x40) & is_nan), WideHalves);
    std::memcpy(y, &halves, sizeof halves);
  }

  // A row's next numbers; where only `count` are left, the other lanes are `fill`.
  template <typename T>
  static MEDTUNE_INLINE Wide Load(const T *x, size_t count, float fill = 0) {
    if (count >= kWide) return LoadWide(x);
    Wide wide = Wide{} + fill;
    for (size_t i = 0; i < count; i++) {
      if constexpr (sizeof(T) == sizeof(float))
        wide[i] = x[i];
      else
        wide[i] = FromBfloat16(x[i]);
    }
    return wide;
  }

  template <typename T>
  static MEDTUNE_INLINE void Store(T *y, size_t count, Wide x) {
    if (count >= kWide) {
      StoreWide(y, x);
      return;
    }
    T values[kWide];
    StoreWide(values, x);
    std::memcpy(y, values, count * sizeof(T));
  }

  // The same bits in wider elements.
  static MEDTUNE_INLINE WideBits LoadBits(const uint16_t *x) {
    WideHalves halves;
    std::memcpy(&halves, x, sizeof halves);
    return __builtin_convertvector(halves, WideBits);
  }

  static MEDTUNE_INLINE void StoreBits(uint32_t *y, WideBits x) { std::memcpy(y, &x, sizeof x); }

  // Numbers as bfloat16 in the high halves, to nearest, ties to even; the low halves are zero. Not for NaN.
  static MEDTUNE_INLINE WideBits RoundedHigh(Wide x) {
    const WideBits bits = reinterpret_cast<WideBits>(x);
    return (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
  }

  static MEDTUNE_INLINE void StoreHalves(uint16_t *y, WideBits rounded_high) {
    const WideHalves halves = __builtin_convertvector(rounded_high >> 16, WideHalves);
    std::memcpy(y, &halves, sizeof halves);
  }

  static MEDTUNE_INLINE Wide Larger(Wide a, Wide b) {
    const WideBits takes_a = reinterpret_cast<WideBits>(a > b);
    return reinterpret_cast<Wide>((reinterpret_cast<WideBits>(a) & takes_a) | (reinterpret_cast<WideBits>(b) & ~takes_a));
  }

  static MEDTUNE_INLINE float SumOf(Wide x) {
    float sum = 0;
    for (size_t i = 0; i < kWide; i += 4) sum += (x[i] + x[i + 1]) + (x[i + 2] + x[i + 3]);
    return sum;
  }

  static MEDTUNE_INLINE float LargestOf(Wide x) {
    float largest = x[0];
    for (size_t i = 1; i < kWide; i++) largest = x[i] > largest ? x[i] : largest;
    return largest;
  }

  // 2ˣ for x ≤ 0 to about 2 units in the last place; 0 below the smallest normal number. x = n + f, a polynomial for 2ᶠ
  // after Cephes' exp2f, n into the exponent.
  static MEDTUNE_INLINE Wide Exp2OfNegative(Wide x) {
    const Wide lowest = Wide{} - 126.0f;
    const WideBits is_zero = reinterpret_cast<WideBits>(x < lowest);
    // In this order NaN stays.
    const Wide clipped = Larger(lowest, x);
    // Adding 1.5 · 2²³ rounds to an integer, which then lies in the low bits.
    const Wide shifted = clipped + 12582912.0f;
    const Wide f = clipped - (shifted - 12582912.0f);
    Wide p = f * 1.535336188319500e-4f + 1.339887440266574e-3f;
    p = p * f + 9.618437357674640e-3f;
    p = p * f + 5.550332471162809e-2f;
    p = p * f + 2.402264791363012e-1f;
    p = p * f + 6.931472028550421e-1f;
    p = p * f + 1.0f;
    const WideBits result = reinterpret_cast<WideBits>(p) + (reinterpret_cast<WideBits>(shifted) << 23);
    return reinterpret_cast<Wide>(result & ~is_zero);
  }

  // eˣ to about 2 units in the last place; 0 below the smallest normal number, the largest one's neighbourhood above it.
  // After Cephes' expf: x = n ln 2 + r, a polynomial for eʳ, n into the exponent.
  static MEDTUNE_INLINE Wide Exp(Wide x) {
    const Wide lowest = Wide{} - 87.33654f, highest = Wide{} + 88.37626f;
    const WideBits is_zero = reinterpret_cast<WideBits>(x < lowest);
    // What is not a number is the second of the two, which stays.
    Wide clipped = Larger(lowest, x);
    clipped = -Larger(-highest, -clipped);
    // Adding 1.5 · 2²³ rounds to an integer, which then lies in the low bits.
    const Wide shifted = clipped * 1.44269504088896341f + 12582912.0f;
    const Wide n = shifted - 12582912.0f;
    const Wide r = (clipped - n * 0.693359375f) - n * -2.12194440e-4f;
    Wide p = Wide{} + 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const WideInts exponent = (reinterpret_cast<WideInts>(shifted) - 0x4b400000 + 127) << 23;
    const Wide result = p * reinterpret_cast<Wide>(exponent);
    return reinterpret_cast<Wide>(reinterpret_cast<WideBits>(result) & ~is_zero);
  }

  // tanh to about 3 units in the last place. After Cephes' tanhf: a polynomial near 0, else by way of the exponential.
  static MEDTUNE_INLINE Wide Tanh(Wide x) {
    const Wide size = Larger(x, -x), square = x * x;
    Wide p = Wide{} - 5.70498872745e-3f;
    p = p * square + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    const WideBits near = reinterpret_cast<WideBits>(p * square * x + x);
    const WideBits far = reinterpret_cast<WideBits>(1.0f - 2.0f / (Exp(size + size) + 1.0f));
    const WideBits sign = reinterpret_cast<WideBits>(x) & 0x80000000u;
    const WideBits is_near = reinterpret_cast<WideBits>(size < 0.625f);
    return reinterpret_cast<Wide>((near & is_near) | ((far | sign) & ~is_near));
  }
};

}  // namespace medtune

#endif  // MEDTUNE_WIDE_LANES_H_
