#include "row-kernels.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace medtune {

// To nearest, ties to even: 11 bits of a normal number, steps of 2^-24 below them.
static float RoundToFloat16(float value) {
  const float magnitude = std::fabs(value);
  if (magnitude < 0x1p-14f) {
    // Floats in [0.5, 1) are 2^-24 apart. Volatile: the sum must be rounded before it is taken back.
    volatile float shifted = magnitude + 0.5f;
    return std::copysign(shifted - 0.5f, value);
  }
  if (magnitude >= 65520.0f) return std::copysign(INFINITY, value);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits = (bits + 0xfff + ((bits >> 13) & 1)) & ~0x1fffu;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void PreparedVector::Set(const float *x, size_t size) {
  plain_.assign(x, x + size);
  Pair();
}

void PreparedVector::SetBfloat16(const uint16_t *x, size_t size) {
  plain_.resize(size);
  for (size_t i = 0; i < size; i++) plain_[i] = FromBfloat16(x[i]);
  Pair();
}

void PreparedVector::Pair() {
  const size_t whole = plain_.size() / kGroup * kGroup;
  paired_.resize(whole);
  for (size_t group = 0; group < whole; group += kGroup) {
    for (size_t i = 0; i < kGroup / 2; i++) {
      paired_[group + i] = plain_[group + 2 * i];
      paired_[group + kGroup / 2 + i] = plain_[group + 2 * i + 1];
    }
  }
  halves_.resize(plain_.size());
  uint32_t lost = 0;
  for (size_t i = 0; i < plain_.size(); i++) {
    uint32_t bits;
    std::memcpy(&bits, &plain_[i], sizeof bits);
    lost |= bits & 0xffff;
    halves_[i] = static_cast<uint16_t>(bits >> 16);
  }
  exact_ = lost == 0;
}

float Nf4Matrix::MaximumOf(size_t block) const {
  if (codes == nullptr) return maxima[block];
  // Volatile: the product is rounded before the sum, as on other roads to the same number.
  volatile float product = code_levels[codes[block]] * row_maxima[block / codes_per_row];
  return product + offset;
}

// ── every processor ──────────────────────────────────────────────────────────────────────────────────────────────

// Compilers turn these into the vector instructions that every processor of an architecture has.
typedef float Lanes __attribute__((vector_size(16)));
typedef uint32_t LaneBits __attribute__((vector_size(16)));
static constexpr size_t kLanes = 4;

static inline Lanes Load(const float *x) {
  Lanes lanes;
  std::memcpy(&lanes, x, sizeof lanes);
  return lanes;
}

static inline float Sum(Lanes x) { return (x[0] + x[1]) + (x[2] + x[3]); }

static void MultiplyFloat32(const float *w, size_t begin, size_t end, const PreparedVector &x, float *y) {
  const size_t size = x.size();
  const float *v = x.plain();
  for (size_t row = begin; row < end; row++) {
    const float *values = w + row * size;
    Lanes first = {}, second = {};
    size_t i = 0;
    for (; i + 2 * kLanes <= size; i += 2 * kLanes) {
      first += Load(values + i) * Load(v + i);
      second += Load(values + i + kLanes) * Load(v + i + kLanes);
    }
    float sum = Sum(first + second);
    for (; i < size; i++) sum += values[i] * v[i];
    y[row - begin] = sum;
  }
}

static void MultiplyBfloat16(const uint16_t *w, size_t begin, size_t end, const PreparedVector &x, float *y) {
  const size_t size = x.size();
  const size_t whole = size / PreparedVector::kGroup * PreparedVector::kGroup;
  for (size_t row = begin; row < end; row++) {
    const uint16_t *values = w + row * size;
    Lanes even = {}, odd = {};
    for (size_t group = 0; group < whole; group += PreparedVector::kGroup) {
      const float *v = x.paired() + group;
      for (size_t i = 0; i < PreparedVector::kGroup / 2; i += kLanes) {
        LaneBits pairs;
        std::memcpy(&pairs, values + group + 2 * i, sizeof pairs);
        // The first of two numbers in memory is the low half.
        even += reinterpret_cast<Lanes>(pairs << 16) * Load(v + i);
        odd += reinterpret_cast<Lanes>(pairs & 0xffff0000u) * Load(v + PreparedVector::kGroup / 2 + i);
      }
    }
    float sum = Sum(even + odd);
    for (size_t i = whole; i < size; i++) sum += FromBfloat16(values[i]) * x.plain()[i];
    y[row - begin] = sum;
  }
}

// The sixteen values that a block's codes stand for.
static inline void BlockValues(const Nf4Matrix &w, size_t block, float (&values)[16]) {
  const float maximum = w.MaximumOf(block);
  for (size_t i = 0; i < 16; i += kLanes) {
    Lanes products = Load(w.levels + i) * maximum;
    if (w.rounding & kRoundFloat16)
      for (size_t lane = 0; lane < kLanes; lane++) products[lane] = RoundToFloat16(products[lane]);
    if (w.rounding & kRoundBfloat16) {
      const LaneBits bits = reinterpret_cast<LaneBits>(products);
      products = reinterpret_cast<Lanes>((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u);
    }
    std::memcpy(values + i, &products, sizeof products);
  }
}

static unsigned CodeOf(const Nf4Matrix &w, size_t index) {
  const uint8_t byte = w.packed[index / 2];
  return index % 2 == 0 ? byte >> 4 : byte & 15;
}

// Values first … first + count of one block, by their codes.
static float MultiplyCodes(const Nf4Matrix &w, size_t first, size_t count, const float *x, const float (&values)[16]) {
  float sum = 0;
  size_t i = 0;
  if (first % 2 == 1 && count > 0) sum += values[CodeOf(w, first)] * x[i++];
  const uint8_t *bytes = w.packed + (first + i) / 2;
  float even = 0, odd = 0;
  for (; i + 2 <= count; i += 2, bytes++) {
    even += values[*bytes >> 4] * x[i];
    odd += values[*bytes & 15] * x[i + 1];
  }
  if (i < count) sum += values[CodeOf(w, first + i)] * x[i];
  return sum + even + odd;
}

// Calls body(first, count, offset of the row) for each stretch of a row that lies in one block.
template <typename Body>
static inline __attribute__((always_inline)) void ForEachBlock(const Nf4Matrix &w, size_t first, size_t size, Body body) {
  for (size_t done = 0; done < size;) {
    const size_t index = first + done;
    const size_t rest = w.block_size - index % w.block_size;
    const size_t count = rest < size - done ? rest : size - done;
    body(index, count, done);
    done += count;
  }
}

static float MultiplyNf4(const Nf4Matrix &w, size_t first, const PreparedVector &x) {
  float sum = 0;
  ForEachBlock(w, first, x.size(), [&](size_t index, size_t count, size_t done) {
    float values[16];
    BlockValues(w, index / w.block_size, values);
    sum += MultiplyCodes(w, index, count, x.plain() + done, values);
  });
  return sum;
}

// @param convert a block's value to what is written
template <typename Number, typename Convert>
static inline void DecodeBlocks(const Nf4Matrix &w, size_t first, size_t size, Number *y, Convert convert) {
  ForEachBlock(w, first, size, [&](size_t index, size_t count, size_t done) {
    float values[16];
    BlockValues(w, index / w.block_size, values);
    Number numbers[16];
    for (int i = 0; i < 16; i++) numbers[i] = convert(values[i]);
    Number *target = y + done;
    size_t i = 0;
    if (index % 2 == 1) target[i++] = numbers[CodeOf(w, index)];
    const uint8_t *bytes = w.packed + (index + i) / 2;
    for (; i + 2 <= count; i += 2, bytes++) {
      target[i] = numbers[*bytes >> 4];
      target[i + 1] = numbers[*bytes & 15];
    }
    if (i < count) target[i] = numbers[CodeOf(w, index + i)];
  });
}

void DecodeNf4(const Nf4Matrix &w, size_t first, size_t count, float *y) {
  DecodeBlocks(w, first, count, y, [](float value) { return value; });
}

void DecodeNf4(const Nf4Matrix &w, size_t first, size_t count, uint16_t *y) {
  // Rounded already.
  DecodeBlocks(w, first, count, y, [](float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>(bits >> 16);
  });
}

static void AddRowsFloat32(const float *w, size_t count, size_t size, const float *factors, float *y) {
  for (size_t row = 0; row < count; row++)
    for (size_t i = 0; i < size; i++) y[i] += factors[row] * w[row * size + i];
}

static void AddRowsBfloat16(const uint16_t *w, size_t count, size_t size, const float *factors, float *y) {
  for (size_t row = 0; row < count; row++)
    for (size_t i = 0; i < size; i++) y[i] += factors[row] * FromBfloat16(w[row * size + i]);
}

const RowKernels &PortableRowKernels() {
  static const RowKernels kernels = {MultiplyFloat32, MultiplyBfloat16, MultiplyNf4, AddRowsFloat32, AddRowsBfloat16};
  return kernels;
}

#if defined(__x86_64__)

// ── 16 lanes ─────────────────────────────────────────────────────────────────────────────────────────────────────

#define MEDTUNE_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,f16c,fma")))

MEDTUNE_AVX512 static void MultiplyFloat32Avx512(const float *w, size_t begin, size_t end, const PreparedVector &x,
                                                 float *y) {
  const size_t size = x.size();
  const float *v = x.plain();
  for (size_t row = begin; row < end; row++) {
    const float *values = w + row * size;
    __m512 sums[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t i = 0;
    for (; i + 64 <= size; i += 64)
      for (int part = 0; part < 4; part++)
        sums[part] = _mm512_fmadd_ps(_mm512_loadu_ps(values + i + 16 * part), _mm512_loadu_ps(v + i + 16 * part),
                                     sums[part]);
    for (; i < size; i += 16) {
      const __mmask16 mask = size - i >= 16 ? 0xffff : static_cast<__mmask16>((1u << (size - i)) - 1);
      sums[0] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, values + i), _mm512_maskz_loadu_ps(mask, v + i), sums[0]);
    }
    y[row - begin] =
        _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3])));
  }
}

MEDTUNE_AVX512 static void MultiplyBfloat16Avx512(const uint16_t *w, size_t begin, size_t end, const PreparedVector &x,
                                                  float *y) {
  const size_t size = x.size();
  const size_t whole = size / PreparedVector::kGroup * PreparedVector::kGroup;
  const float *v = x.paired();
  const __m512i high = _mm512_set1_epi32(static_cast<int>(0xffff0000));
  for (size_t row = begin; row < end; row++) {
    const uint16_t *values = w + row * size;
    __m512 even[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    __m512 odd[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t i = 0;
    for (; i + 64 <= whole; i += 64)
      for (int part = 0; part < 2; part++) {
        const __m512i pair = _mm512_loadu_si512(values + i + 32 * part);
        even[part] = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(pair, 16)),
                                     _mm512_loadu_ps(v + i + 32 * part), even[part]);
        odd[part] = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(pair, high)),
                                    _mm512_loadu_ps(v + i + 32 * part + 16), odd[part]);
      }
    for (; i < whole; i += 32) {
      const __m512i pair = _mm512_loadu_si512(values + i);
      even[0] = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(pair, 16)), _mm512_loadu_ps(v + i), even[0]);
      odd[0] = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(pair, high)), _mm512_loadu_ps(v + i + 16), odd[0]);
    }
    float sum = _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(even[0], even[1]), _mm512_add_ps(odd[0], odd[1])));
    for (; i < size; i++) sum += FromBfloat16(values[i]) * x.plain()[i];
    y[row - begin] = sum;
  }
}

#if defined(__clang__) || __GNUC__ >= 10
#define MEDTUNE_HAS_AVX512_BF16 1

// Two products a lane in one instruction, where x has no more bits than the weights.
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,f16c,fma"))) static void MultiplyPairsAvx512(
    const uint16_t *w, size_t begin, size_t end, const PreparedVector &x, float *y) {
  const uint16_t *v = x.halves();
  if (v == nullptr) return MultiplyBfloat16Avx512(w, begin, end, x, y);
  const size_t size = x.size();
  for (size_t row = begin; row < end; row++) {
    const uint16_t *values = w + row * size;
    __m512 sums[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t i = 0;
    for (; i + 128 <= size; i += 128)
      for (int part = 0; part < 4; part++)
        sums[part] = _mm512_dpbf16_ps(sums[part], (__m512bh)_mm512_loadu_si512(values + i + 32 * part),
                                      (__m512bh)_mm512_loadu_si512(v + i + 32 * part));
    for (; i < size; i += 32) {
      const __mmask32 mask = size - i >= 32 ? 0xffffffffu : (1u << (size - i)) - 1;
      sums[0] = _mm512_dpbf16_ps(sums[0], (__m512bh)_mm512_maskz_loadu_epi16(mask, values + i),
                                 (__m512bh)_mm512_maskz_loadu_epi16(mask, v + i));
    }
    y[row - begin] =
        _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3])));
  }
}

#endif

MEDTUNE_AVX512 static inline __m512 RoundAvx512(__m512 values, int rounding) {
  if (rounding & kRoundFloat16) values = _mm512_cvtph_ps(_mm512_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT));
  if (rounding & kRoundBfloat16) {
    const __m512i bits = _mm512_castps_si512(values);
    const __m512i even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(even, _mm512_set1_epi32(0x7fff)));
    values = _mm512_castsi512_ps(_mm512_and_si512(sum, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
  }
  return values;
}

MEDTUNE_AVX512 static float MultiplyNf4Avx512(const Nf4Matrix &w, size_t first, const PreparedVector &x) {
  const size_t size = x.size();
  if (first % 32 != 0 || w.block_size % 32 != 0) return MultiplyNf4(w, first, x);
  const __m512 levels = _mm512_loadu_ps(w.levels);
  __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
  float rest = 0;
  for (size_t done = 0; done < size;) {
    const size_t index = first + done;
    const size_t left = w.block_size - index % w.block_size;
    const size_t count = left < size - done ? left : size - done;
    const __m512 values =
        RoundAvx512(_mm512_mul_ps(levels, _mm512_set1_ps(w.MaximumOf(index / w.block_size))), w.rounding);
    const uint8_t *bytes = w.packed + index / 2;
    const float *v = x.paired() + done;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
      const __m512i codes =
          _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes + i / 2)));
      // The permutation looks at the low four bits alone.
      even = _mm512_fmadd_ps(_mm512_permutexvar_ps(_mm512_srli_epi32(codes, 4), values), _mm512_loadu_ps(v + i), even);
      odd = _mm512_fmadd_ps(_mm512_permutexvar_ps(codes, values), _mm512_loadu_ps(v + i + 16), odd);
    }
    if (i < count) {
      float table[16];
      _mm512_storeu_ps(table, values);
      rest += MultiplyCodes(w, index + i, count - i, x.plain() + done + i, table);
    }
    done += count;
  }
  return rest + _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
}

MEDTUNE_AVX512 static void AddRowsFloat32Avx512(const float *w, size_t count, size_t size, const float *factors,
                                                float *y) {
  for (size_t i = 0; i < size; i += 16) {
    const __mmask16 mask = size - i >= 16 ? 0xffff : static_cast<__mmask16>((1u << (size - i)) - 1);
    __m512 sum = _mm512_maskz_loadu_ps(mask, y + i);
    for (size_t row = 0; row < count; row++)
      sum = _mm512_fmadd_ps(_mm512_set1_ps(factors[row]), _mm512_maskz_loadu_ps(mask, w + row * size + i), sum);
    _mm512_mask_storeu_ps(y + i, mask, sum);
  }
}

MEDTUNE_AVX512 static void AddRowsBfloat16Avx512(const uint16_t *w, size_t count, size_t size, const float *factors,
                                                 float *y) {
  for (size_t i = 0; i < size; i += 16) {
    const __mmask16 mask = size - i >= 16 ? 0xffff : static_cast<__mmask16>((1u << (size - i)) - 1);
    __m512 sum = _mm512_maskz_loadu_ps(mask, y + i);
    for (size_t row = 0; row < count; row++) {
      const __m512i bits = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, w + row * size + i));
      sum = _mm512_fmadd_ps(_mm512_set1_ps(factors[row]), _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16)), sum);
    }
    _mm512_mask_storeu_ps(y + i, mask, sum);
  }
}

// ── 8 lanes ──────────────────────────────────────────────────────────────────────────────────────────────────────

#define MEDTUNE_AVX2 __attribute__((target("avx2,fma,f16c")))

MEDTUNE_AVX2 static inline float SumAvx2(__m256 x) {
  const __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  const __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}

MEDTUNE_AVX2 static void MultiplyFloat32Avx2(const float *w, size_t begin, size_t end, const PreparedVector &x,
                                             float *y) {
  const size_t size = x.size();
  const float *v = x.plain();
  for (size_t row = begin; row < end; row++) {
    const float *values = w + row * size;
    __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 32 <= size; i += 32)
      for (int part = 0; part < 4; part++)
        sums[part] =
            _mm256_fmadd_ps(_mm256_loadu_ps(values + i + 8 * part), _mm256_loadu_ps(v + i + 8 * part), sums[part]);
    float sum = SumAvx2(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
    for (; i < size; i++) sum += values[i] * v[i];
    y[row - begin] = sum;
  }
}

MEDTUNE_AVX2 static void MultiplyBfloat16Avx2(const uint16_t *w, size_t begin, size_t end, const PreparedVector &x,
                                              float *y) {
  const size_t size = x.size();
  const size_t whole = size / PreparedVector::kGroup * PreparedVector::kGroup;
  const float *v = x.paired();
  const __m256i high = _mm256_set1_epi32(static_cast<int>(0xffff0000));
  for (size_t row = begin; row < end; row++) {
    const uint16_t *values = w + row * size;
    __m256 even[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    __m256 odd[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i < whole; i += 32)
      for (int part = 0; part < 2; part++) {
        const __m256i pair = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(values + i + 16 * part));
        even[part] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_slli_epi32(pair, 16)), _mm256_loadu_ps(v + i + 8 * part),
                                     even[part]);
        odd[part] = _mm256_fmadd_ps(_mm256_castsi256_ps(_mm256_and_si256(pair, high)),
                                    _mm256_loadu_ps(v + i + 16 + 8 * part), odd[part]);
      }
    float sum = SumAvx2(_mm256_add_ps(_mm256_add_ps(even[0], even[1]), _mm256_add_ps(odd[0], odd[1])));
    for (; i < size; i++) sum += FromBfloat16(values[i]) * x.plain()[i];
    y[row - begin] = sum;
  }
}

// values[code] of eight codes; only their low four bits count.
MEDTUNE_AVX2 static inline __m256 LookUpAvx2(__m256i codes, __m256 lower, __m256 upper) {
  const __m256 choice = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28));
  return _mm256_blendv_ps(_mm256_permutevar8x32_ps(lower, codes), _mm256_permutevar8x32_ps(upper, codes), choice);
}

MEDTUNE_AVX2 static float MultiplyNf4Avx2(const Nf4Matrix &w, size_t first, const PreparedVector &x) {
  const size_t size = x.size();
  if (first % 32 != 0 || w.block_size % 32 != 0) return MultiplyNf4(w, first, x);
  __m256 even = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
  float rest = 0;
  for (size_t done = 0; done < size;) {
    const size_t index = first + done;
    const size_t left = w.block_size - index % w.block_size;
    const size_t count = left < size - done ? left : size - done;
    float values[16];
    BlockValues(w, index / w.block_size, values);
    const __m256 lower = _mm256_loadu_ps(values), upper = _mm256_loadu_ps(values + 8);
    const uint8_t *bytes = w.packed + index / 2;
    const float *v = x.paired() + done;
    size_t i = 0;
    for (; i + 32 <= count; i += 32)
      for (int part = 0; part < 2; part++) {
        const __m256i codes =
            _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(bytes + i / 2 + 8 * part)));
        even = _mm256_fmadd_ps(LookUpAvx2(_mm256_srli_epi32(codes, 4), lower, upper), _mm256_loadu_ps(v + i + 8 * part),
                               even);
        odd = _mm256_fmadd_ps(LookUpAvx2(codes, lower, upper), _mm256_loadu_ps(v + i + 16 + 8 * part), odd);
      }
    if (i < count) rest += MultiplyCodes(w, index + i, count - i, x.plain() + done + i, values);
    done += count;
  }
  return rest + SumAvx2(_mm256_add_ps(even, odd));
}

MEDTUNE_AVX2 static void AddRowsFloat32Avx2(const float *w, size_t count, size_t size, const float *factors, float *y) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    __m256 sum = _mm256_loadu_ps(y + i);
    for (size_t row = 0; row < count; row++)
      sum = _mm256_fmadd_ps(_mm256_set1_ps(factors[row]), _mm256_loadu_ps(w + row * size + i), sum);
    _mm256_storeu_ps(y + i, sum);
  }
  for (; i < size; i++)
    for (size_t row = 0; row < count; row++) y[i] += factors[row] * w[row * size + i];
}

MEDTUNE_AVX2 static void AddRowsBfloat16Avx2(const uint16_t *w, size_t count, size_t size, const float *factors,
                                             float *y) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    __m256 sum = _mm256_loadu_ps(y + i);
    for (size_t row = 0; row < count; row++) {
      const __m256i bits =
          _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(w + row * size + i)));
      sum = _mm256_fmadd_ps(_mm256_set1_ps(factors[row]), _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16)), sum);
    }
    _mm256_storeu_ps(y + i, sum);
  }
  for (; i < size; i++)
    for (size_t row = 0; row < count; row++) y[i] += factors[row] * FromBfloat16(w[row * size + i]);
}

// Whether MEDTUNE_ROW_KERNELS asks for kernels of lesser processors: tests run them, too.
static bool IsWanted(const char *name) {
  const char *wanted = std::getenv("MEDTUNE_ROW_KERNELS");
  return wanted != nullptr && std::strcmp(wanted, name) == 0;
}

struct ProcessorFeatures {
  bool avx2, avx512, avx512_bf16;
};

// What the processor has and the system saves. Asked directly: not every compiler's library fills in
// __builtin_cpu_supports.
static ProcessorFeatures FeaturesOfProcessor() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA) || !(c & bit_F16C)) return {};
  unsigned low, high;
  __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  constexpr unsigned ymm = 0x06, zmm = 0xe6;
  if ((low & ymm) != ymm || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return {};
  const unsigned all = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  const bool avx2 = (b & bit_AVX2) != 0, avx512 = (b & all) == all && (low & zmm) == zmm;
  constexpr unsigned bf16 = 1 << 5;
  return {avx2, avx512, avx512 && a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bf16) != 0};
}

Vectors VectorsOfProcessor() {
  static const ProcessorFeatures features = FeaturesOfProcessor();
  if (!features.avx2 || IsWanted("portable")) return Vectors::kPortable;
  return features.avx512 && !IsWanted("avx2") ? Vectors::kAvx512 : Vectors::kAvx2;
}

bool MultipliesPairs() {
#if defined(MEDTUNE_HAS_AVX512_BF16)
  return VectorsOfProcessor() == Vectors::kAvx512 && FeaturesOfProcessor().avx512_bf16 && !IsWanted("avx512");
#else
  return false;
#endif
}

static const RowKernels *KernelsOfProcessor() {
  static const RowKernels avx512 = {MultiplyFloat32Avx512, MultiplyBfloat16Avx512, MultiplyNf4Avx512,
                                    AddRowsFloat32Avx512, AddRowsBfloat16Avx512};
#if defined(MEDTUNE_HAS_AVX512_BF16)
  static const RowKernels avx512_bf16 = {MultiplyFloat32Avx512, MultiplyPairsAvx512, MultiplyNf4Avx512,
                                         AddRowsFloat32Avx512, AddRowsBfloat16Avx512};
#endif
  static const RowKernels avx2 = {MultiplyFloat32Avx2, MultiplyBfloat16Avx2, MultiplyNf4Avx2, AddRowsFloat32Avx2,
                                  AddRowsBfloat16Avx2};
  const Vectors vectors = VectorsOfProcessor();
#if defined(MEDTUNE_HAS_AVX512_BF16)
  if (MultipliesPairs()) return &avx512_bf16;
#endif
  if (vectors == Vectors::kAvx512) return &avx512;
  return vectors == Vectors::kAvx2 ? &avx2 : &PortableRowKernels();
}

#else

Vectors VectorsOfProcessor() { return Vectors::kPortable; }

bool MultipliesPairs() { return false; }

static const RowKernels *KernelsOfProcessor() { return &PortableRowKernels(); }

#endif

const RowKernels &BestRowKernels() {
  static const RowKernels *const kernels = KernelsOfProcessor();
  return *kernels;
}

}  // namespace medtune
