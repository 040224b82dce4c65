// Products of small matrices that lie in a processor's first caches: the arithmetic of attention without a score matrix.
#ifndef MEDTUNE_TILE_PRODUCTS_H_
#define MEDTUNE_TILE_PRODUCTS_H_

#include <cstddef>
#include <cstdint>

namespace medtune {

// Two neighbours along the summed axis in bfloat16, the first in the low half.
typedef uint32_t Pair;

// C [rows, lanes] = or += A [rows, steps] · B [steps, lanes]. C is float32; entries of A and B are float32, or pairs: a
// step then sums two products.
template <typename Entry>
struct TileProduct {
  const Entry *a;
  size_t a_row_stride, a_step_stride;
  const Entry *b;
  size_t b_stride;
  float *c;
  size_t c_stride;
  size_t rows, lanes, steps;
  bool adds;
};

// Multiples of this many numbers are whole vectors of every processor: what `lanes` must be.
constexpr size_t kLaneMultiple = 16;

// For vectors of so many numbers: those of the instructions that the caller may use.
template <size_t kWide>
void MultiplyTile(const TileProduct<float> &product);

// Where the processor `MultipliesPairs`.
void MultiplyTile(const TileProduct<Pair> &product);

}  // namespace medtune

#endif  // MEDTUNE_TILE_PRODUCTS_H_
