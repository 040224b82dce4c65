// What attention in tiles works on: queries, keys and values as operands of products, and one thread's memory.
#ifndef MEDTUNE_TILE_OPERANDS_H_
#define MEDTUNE_TILE_OPERANDS_H_

#include <algorithm>
#include <memory>
#include <type_traits>

#include "tile-products.h"
#include "wide-lanes.h"

namespace medtune {

constexpr size_t kTileQueries = 64, kTileKeys = 64;

// Keys of a tile in which some queries see only a part.
constexpr size_t kDiagonalKeys = 32;

struct AttentionShape {
  size_t heads, groups, batch, queries, keys, width;

  size_t repeat() const { return heads / groups; }
  size_t blocks() const { return (queries + kTileQueries - 1) / kTileQueries; }
  // Rows of operands are whole vectors.
  size_t padded_width() const { return (width + kLaneMultiple - 1) / kLaneMultiple * kLaneMultiple; }
};

// Which keys a query sees: `first` … its own place, which for the last query is the last key.
struct Visibility {
  // [T], or [B, T]; null where the first is 0.
  const int32_t *first;
  bool of_batch;
};

// Rows [count, width] as `steps` of a product: [count, padded], or for pairs [count / 2, padded] with neighbours of the
// summed axis in one entry. Rows from `count` to `room` are zero.
template <size_t kWide, typename T>
MEDTUNE_INLINE void PackSteps(const T *rows, size_t count, size_t room, size_t width, size_t padded, float *to) {
  typedef Lanes<kWide> L;
  for (size_t i = 0; i < count; i++)
    for (size_t d = 0; d < padded; d += kWide)
      L::StoreWide(to + i * padded + d, d < width ? L::Load(rows + i * width + d, width - d) : typename L::Wide{});
  std::fill(to + count * padded, to + room * padded, 0.0f);
}

template <size_t kWide>
MEDTUNE_INLINE void PackSteps(const uint16_t *rows, size_t count, size_t room, size_t width, size_t padded, Pair *to) {
  typedef Lanes<kWide> L;
  std::fill(to, to + (room + 1) / 2 * padded, 0);
  for (size_t i = 0; i < count; i += 2) {
    const uint16_t *first = rows + i * width, *second = first + width;
    const bool has_second = i + 1 < count;
    Pair *pairs = to + i / 2 * padded;
    size_t d = 0;
    for (; d + kWide <= width; d += kWide) {
      const auto high = has_second ? L::LoadBits(second + d) : typename L::WideBits{};
      L::StoreBits(pairs + d, L::LoadBits(first + d) | (high << 16));
    }
    for (; d < width; d++) pairs[d] = first[d] | (has_second ? static_cast<Pair>(second[d]) << 16 : 0);
  }
}

// Rows of a block of queries as lanes: [width, kTileQueries], or for pairs [width / 2, kTileQueries].
template <typename T>
MEDTUNE_INLINE void PackLanes(const T *rows, size_t count, size_t width, float *to) {
  for (size_t d = 0; d < width; d++) {
    float *lanes = to + d * kTileQueries;
    for (size_t i = 0; i < count; i++) {
      if constexpr (sizeof(T) == sizeof(float))
        lanes[i] = rows[i * width + d];
      else
        lanes[i] = FromBfloat16(rows[i * width + d]);
    }
    std::fill(lanes + count, lanes + kTileQueries, 0.0f);
  }
}

inline void PackLanes(const uint16_t *rows, size_t count, size_t width, Pair *to) {
  for (size_t d = 0; d < width; d += 2) {
    Pair *lanes = to + d / 2 * kTileQueries;
    for (size_t i = 0; i < count; i++) std::memcpy(lanes + i, rows + i * width + d, sizeof(Pair));
    std::fill(lanes + count, lanes + kTileQueries, 0);
  }
}

// Keys or values of one head, as both operands that they are.
template <typename Entry>
struct KeyRows {
  // Entry (row, d) where d is summed over.
  const Entry *by_width;
  size_t by_width_stride;
  // Entry (row, d) where rows are summed over, from an even row on.
  const Entry *by_row;
  size_t by_row_stride;

  static constexpr size_t kRowsOfEntry = std::is_same_v<Entry, Pair> ? 2 : 1;

  const Entry *WidthFrom(size_t row) const { return by_width + row * by_width_stride; }
  const Entry *RowsFrom(size_t row) const { return by_row + row / kRowsOfEntry * by_row_stride; }
};

// Memory for one thread's block.
template <typename Entry>
class TileScratch {
 public:
  explicit TileScratch(const AttentionShape &shape) {
    const size_t tile = kTileKeys * kTileQueries, block = kTileQueries * shape.padded_width();
    entries_.reset(new Entry[3 * tile + 4 * block]);
    floats_.reset(new float[2 * tile + block]);
    steps = entries_.get();
    rows = steps + tile;
    more_rows = rows + tile;
    query_lanes = more_rows + tile;
    gradient_lanes = query_lanes + block;
    query_steps = gradient_lanes + block;
    gradient_steps = query_steps + block;
    scores = floats_.get();
    gradients = scores + tile;
    out = gradients + tile;
  }

  // Tiles [keys, queries].
  float *scores, *gradients;
  // Of P and dS, for pairs: neighbours are keys in `steps`, queries in the others.
  Entry *steps, *rows, *more_rows;
  // The block's queries and gradients as operands, and what is summed for it, [queries, padded width].
  Entry *query_lanes, *gradient_lanes, *query_steps, *gradient_steps;
  float *out;
  float largest[kTileQueries], sums[kTileQueries], shrinks[kTileQueries];
  float statistics[kTileQueries], products[kTileQueries];
  int32_t first[kTileQueries], last[kTileQueries];

 private:
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<float[]> floats_;
};

}  // namespace medtune

#endif  // MEDTUNE_TILE_OPERANDS_H_
