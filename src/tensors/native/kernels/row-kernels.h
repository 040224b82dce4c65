// Products of a weight's rows with one vector: what decoding a token spends its time on. Weights are read once, straight
// from memory, in the form they are held in; the arithmetic is float32.
#ifndef MEDTUNE_ROW_KERNELS_H_
#define MEDTUNE_ROW_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace medtune {

inline float FromBfloat16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

// To nearest, ties to even.
inline uint16_t ToBfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// A vector in the orders the kernels read it in.
class PreparedVector {
 public:
  // Groups of this many numbers: the even ones first, then the odd ones, as the halves of wider elements come apart.
  static constexpr size_t kGroup = 32;

  void Set(const float *x, size_t size);
  void SetBfloat16(const uint16_t *x, size_t size);

  size_t size() const { return plain_.size(); }
  const float *plain() const { return plain_.data(); }
  // The whole groups only.
  const float *paired() const { return paired_.data(); }
  // In bfloat16; null where that would round.
  const uint16_t *halves() const { return exact_ ? halves_.data() : nullptr; }

 private:
  void Pair();

  std::vector<float> plain_;
  std::vector<float> paired_;
  std::vector<uint16_t> halves_;
  bool exact_ = false;
};

// What decoded values are rounded to, one after another.
enum Rounding : int { kRoundNone = 0, kRoundFloat16 = 1, kRoundBfloat16 = 2 };

// A matrix in 4 bits: two values a byte, the first in the high half; blocks of values share a maximum.
struct Nf4Matrix {
  const uint8_t *packed;
  float levels[16];
  size_t block_size;
  int rounding;
  // Of each block: float32, or 8-bit codes in rows with a maximum each.
  const float *maxima;
  const uint8_t *codes;
  const float *code_levels;
  const float *row_maxima;
  size_t codes_per_row;
  float offset;

  float MaximumOf(size_t block) const;
};

// Values first … first + count of the matrix, rounded; to bfloat16 where y is.
void DecodeNf4(const Nf4Matrix &w, size_t first, size_t count, float *y);
void DecodeNf4(const Nf4Matrix &w, size_t first, size_t count, uint16_t *y);

struct RowKernels {
  // y[i] = row begin + i of w [.., size] · x
  void (*multiply_float32)(const float *w, size_t begin, size_t end, const PreparedVector &x, float *y);
  void (*multiply_bfloat16)(const uint16_t *w, size_t begin, size_t end, const PreparedVector &x, float *y);
  // One row, which starts at value `first` of the matrix.
  float (*multiply_nf4)(const Nf4Matrix &w, size_t first, const PreparedVector &x);
  // y [size] += Σ factors[i] · row i of w
  void (*add_rows_float32)(const float *w, size_t count, size_t size, const float *factors, float *y);
  void (*add_rows_bfloat16)(const uint16_t *w, size_t count, size_t size, const float *factors, float *y);
};

// The widest vectors that this processor has and MEDTUNE_ROW_KERNELS allows.
enum class Vectors { kPortable, kAvx2, kAvx512 };
Vectors VectorsOfProcessor();

// Whether one instruction multiplies and adds two bfloat16 products a lane, and MEDTUNE_ROW_KERNELS allows it.
bool MultipliesPairs();

// Those for the instructions of this processor.
const RowKernels &BestRowKernels();
// Those that every processor runs.
const RowKernels &PortableRowKernels();

}  // namespace medtune

#endif  // MEDTUNE_ROW_KERNELS_H_
