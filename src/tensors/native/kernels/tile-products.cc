#include "tile-products.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "wide-lanes.h"

namespace medtune {

namespace {

template <size_t kWide>
struct FloatArithmetic {
  typedef Lanes<kWide> L;
  typedef typename L::Wide Sums;
  typedef typename L::Wide Entries;
  static constexpr size_t kLanes = kWide;
  static MEDTUNE_INLINE Sums Load(const float *c) { return L::LoadWide(c); }
  static MEDTUNE_INLINE void Store(float *c, Sums sums) { L::StoreWide(c, sums); }
  static MEDTUNE_INLINE Entries LoadEntries(const float *b) { return L::LoadWide(b); }
  static MEDTUNE_INLINE Sums AddProduct(Sums sums, float a, Entries b) { return sums + a * b; }
};

// A block of C, kRows rows of kVectors vectors, stays in registers while all steps are added to it.
template <typename Arithmetic, size_t kRows, size_t kVectors, typename Entry>
MEDTUNE_INLINE void MultiplyBlock(const TileProduct<Entry> &p, size_t row, size_t lane) {
  typename Arithmetic::Sums sums[kRows][kVectors];
  float *c = p.c + row * p.c_stride + lane;
#pragma GCC unroll 4
  for (size_t r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; v++)
      sums[r][v] = p.adds ? Arithmetic::Load(c + r * p.c_stride + v * Arithmetic::kLanes) : typename Arithmetic::Sums{};
  const Entry *a = p.a + row * p.a_row_stride, *b = p.b + lane;
  for (size_t step = 0; step < p.steps; step++, a += p.a_step_stride, b += p.b_stride) {
    typename Arithmetic::Entries entries[kVectors];
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; v++) entries[v] = Arithmetic::LoadEntries(b + v * Arithmetic::kLanes);
#pragma GCC unroll 4
    for (size_t r = 0; r < kRows; r++)
#pragma GCC unroll 4
      for (size_t v = 0; v < kVectors; v++)
        sums[r][v] = Arithmetic::AddProduct(sums[r][v], a[r * p.a_row_stride], entries[v]);
  }
#pragma GCC unroll 4
  for (size_t r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; v++) Arithmetic::Store(c + r * p.c_stride + v * Arithmetic::kLanes, sums[r][v]);
}

template <typename Arithmetic, size_t kRows, size_t kVectors, typename Entry>
MEDTUNE_INLINE void MultiplyRows(const TileProduct<Entry> &p, size_t row) {
  size_t lane = 0;
  for (; lane + kVectors * Arithmetic::kLanes <= p.lanes; lane += kVectors * Arithmetic::kLanes)
    MultiplyBlock<Arithmetic, kRows, kVectors>(p, row, lane);
  for (; lane + 2 * Arithmetic::kLanes <= p.lanes; lane += 2 * Arithmetic::kLanes)
    MultiplyBlock<Arithmetic, kRows, 2>(p, row, lane);
  for (; lane < p.lanes; lane += Arithmetic::kLanes) MultiplyBlock<Arithmetic, kRows, 1>(p, row, lane);
}

// Blocks of four rows: 16 registers of sums where there are 32, 8 where there are 16.
template <typename Arithmetic, size_t kVectors, typename Entry>
MEDTUNE_INLINE void Multiply(const TileProduct<Entry> &p) {
  size_t row = 0;
  for (; row + 4 <= p.rows; row += 4) MultiplyRows<Arithmetic, 4, kVectors>(p, row);
  for (; row < p.rows; row++) MultiplyRows<Arithmetic, 1, kVectors>(p, row);
}

}  // namespace

template <>
void MultiplyTile<4>(const TileProduct<float> &product) {
  Multiply<FloatArithmetic<4>, 2>(product);
}

#if defined(__x86_64__)

template <>
__attribute__((target("avx2,fma"))) void MultiplyTile<8>(const TileProduct<float> &product) {
  Multiply<FloatArithmetic<8>, 2>(product);
}

template <>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))) void MultiplyTile<16>(
    const TileProduct<float> &product) {
  Multiply<FloatArithmetic<16>, 4>(product);
}

#endif

#if defined(__x86_64__) && (defined(__clang__) || __GNUC__ >= 10)

namespace {

#define MEDTUNE_PAIRS __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))

// As `MultiplyBlock`; written out, for these instructions exist in functions of this target only.
template <size_t kRows, size_t kVectors>
MEDTUNE_PAIRS void MultiplyBlockOfPairs(const TileProduct<Pair> &p, size_t row, size_t lane) {
  __m512 sums[kRows][kVectors];
  float *c = p.c + row * p.c_stride + lane;
#pragma GCC unroll 4
  for (size_t r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; v++)
      sums[r][v] = p.adds ? _mm512_loadu_ps(c + r * p.c_stride + 16 * v) : _mm512_setzero_ps();
  const Pair *a = p.a + row * p.a_row_stride, *b = p.b + lane;
  for (size_t step = 0; step < p.steps; step++, a += p.a_step_stride, b += p.b_stride) {
    __m512bh entries[kVectors];
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; v++) entries[v] = (__m512bh)_mm512_loadu_si512(b + 16 * v);
#pragma GCC unroll 4
    for (size_t r = 0; r < kRows; r++) {
      const __m512bh factor = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[r * p.a_row_stride]));
#pragma GCC unroll 4
      for (size_t v = 0; v < kVectors; v++) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], factor, entries[v]);
    }
  }
#pragma GCC unroll 4
  for (size_t r = 0; r < kRows; r++)
#pragma GCC unroll 4
    for (size_t v = 0; v < kVectors; v++) _mm512_storeu_ps(c + r * p.c_stride + 16 * v, sums[r][v]);
}

template <size_t kRows>
void MultiplyRowsOfPairs(const TileProduct<Pair> &p, size_t row) {
  size_t lane = 0;
  for (; lane + 64 <= p.lanes; lane += 64) MultiplyBlockOfPairs<kRows, 4>(p, row, lane);
  for (; lane + 32 <= p.lanes; lane += 32) MultiplyBlockOfPairs<kRows, 2>(p, row, lane);
  for (; lane < p.lanes; lane += 16) MultiplyBlockOfPairs<kRows, 1>(p, row, lane);
}

}  // namespace

void MultiplyTile(const TileProduct<Pair> &product) {
  size_t row = 0;
  for (; row + 4 <= product.rows; row += 4) MultiplyRowsOfPairs<4>(product, row);
  for (; row < product.rows; row++) MultiplyRowsOfPairs<1>(product, row);
}

#else

void MultiplyTile(const TileProduct<Pair> &) {}

#endif

}  // namespace medtune
