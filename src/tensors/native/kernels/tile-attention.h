// Attention of a block of queries over all keys it sees, tile by tile: no score leaves the processor's first caches.
//
//     forward    S = Q Kᵀ,  P = softmax(S),  O = P V,  with a running maximum and sum
//     backward   dV = Pᵀ dO,  dS = P · (dO Vᵀ − Σ_d dO · O),  dQ = dS K,  dK = dSᵀ Q
//
// Tiles of scores are held transposed, [keys, queries]: a vector holds one key's scores with several queries, so maxima,
// sums and roundings to bfloat16 need no exchange between lanes.
// After Dao, "FlashAttention-2" (2023).
#ifndef MEDTUNE_TILE_ATTENTION_H_
#define MEDTUNE_TILE_ATTENTION_H_

#include <cmath>

#include "tile-operands.h"

namespace medtune {

constexpr float kLog2OfE = 1.44269504088896341f;

// Below every score, and still finite when multiplied by log₂ e.
constexpr float kHiddenScore = -1e30f;

template <size_t kWide, typename T, typename Entry>
class TileAttention {
 public:
  TileAttention(const AttentionShape &shape, float soft_cap)
      : shape_(shape), padded_(shape.padded_width()), soft_cap_(soft_cap), scratch_(shape) {}

  // The queries of a block: `count` rows from `begin` on.
  MEDTUNE_INLINE void SetBlock(size_t batch, size_t begin, size_t count, const Visibility &visibility) {
    count_ = count;
    const size_t before = shape_.keys - shape_.queries;
    const int32_t *first =
        visibility.first == nullptr ? nullptr
                                    : visibility.first + (visibility.of_batch ? batch * shape_.queries : 0) + begin;
    first_key_ = before + begin;
    largest_first_ = 0;
    for (size_t i = 0; i < kTileQueries; i++) {
      // Rows that are not there see what the block's last one sees.
      const size_t query = std::min(i, count - 1);
      scratch_.last[i] = static_cast<int32_t>(before + begin + query);
      scratch_.first[i] = first == nullptr ? 0 : first[query];
      first_key_ = std::min(first_key_, static_cast<size_t>(scratch_.first[i]));
      largest_first_ = std::max(largest_first_, static_cast<size_t>(scratch_.first[i]));
    }
    // Tiles start at even keys, where pairs do.
    first_key_ = first_key_ / kTileKeys * kTileKeys;
    own_key_ = before + begin;
    end_key_ = before + begin + count;
  }

  // @param attended rows of the block, [count, width]
  // @param statistics of the block: log₂ Σ 2^(score · log₂ e)
  MEDTUNE_INLINE void Forward(const T *query, const KeyRows<Entry> &keys, const KeyRows<Entry> &values, T *attended,
                              float *statistics) {
    TileScratch<Entry> &s = scratch_;
    PackLanes(query, count_, shape_.width, s.query_lanes);
    std::fill(s.largest, s.largest + kTileQueries, kHiddenScore);
    std::fill(s.sums, s.sums + kTileQueries, 0.0f);
    std::fill(s.out, s.out + kTileQueries * padded_, 0.0f);
    for (Tile tile = TileAt(first_key_); tile.rows > 0; tile = TileAt(tile.key + tile.rows)) {
      Scores(keys, tile);
      if (IsWhole(tile))
        Exponentials<false>(tile);
      else
        Exponentials<true>(tile);
      ShrinkOutput(tile.lane);
      // O [queries, width] += P [queries, keys] · V [keys, width]
      Multiply({ProbabilitySteps() + tile.lane, 1, kTileQueries, values.RowsFrom(tile.key), values.by_row_stride,
                OutputFrom(tile.lane), padded_, tile.lanes(), padded_, StepsOf(tile.rows), true});
    }
    for (size_t i = 0; i < count_; i++) {
      const float factor = 1.0f / s.sums[i];
      for (size_t d = 0; d < shape_.width; d += kWide)
        L::Store(attended + i * shape_.width + d, shape_.width - d, L::LoadWide(s.out + i * padded_ + d) * factor);
      statistics[i] = s.largest[i] * kLog2OfE + std::log2(s.sums[i]);
    }
  }

  // @param d_key, d_value float32 [S, padded width], added to
  MEDTUNE_INLINE void Backward(const T *query, const KeyRows<Entry> &keys, const KeyRows<Entry> &values,
                               const T *attended, const T *d_attended, const float *statistics, T *d_query,
                               float *d_key, float *d_value) {
    TileScratch<Entry> &s = scratch_;
    const size_t width = shape_.width;
    PackLanes(query, count_, width, s.query_lanes);
    PackLanes(d_attended, count_, width, s.gradient_lanes);
    PackSteps<kWide>(query, count_, kTileQueries, width, padded_, s.query_steps);
    PackSteps<kWide>(d_attended, count_, kTileQueries, width, padded_, s.gradient_steps);
    SetRowProducts(attended, d_attended, statistics);
    std::fill(s.out, s.out + kTileQueries * padded_, 0.0f);
    for (Tile tile = TileAt(first_key_); tile.rows > 0; tile = TileAt(tile.key + tile.rows)) {
      const size_t key = tile.key, rows = tile.rows;
      Scores(keys, tile);
      // dPᵀ = V dOᵀ
      Multiply({values.WidthFrom(key), values.by_width_stride, 1, s.gradient_lanes + tile.lane, kTileQueries,
                s.gradients + tile.lane, kTileQueries, rows, tile.lanes(), StepsOf(width), false});
      if (IsWhole(tile))
        GradientsOfScores<false>(tile);
      else
        GradientsOfScores<true>(tile);
      // Rows of a tile as steps: entries of as many queries.
      const size_t row_stride = StepsOf(kTileQueries), step = StepsOf(tile.lane), steps = StepsOf(tile.lanes());
      Multiply({ProbabilityRows() + step, row_stride, 1, s.gradient_steps + step * padded_, padded_,
                d_value + key * padded_, padded_, rows, padded_, steps, true});
      Multiply({GradientRows() + step, row_stride, 1, s.query_steps + step * padded_, padded_, d_key + key * padded_,
                padded_, rows, padded_, steps, true});
      Multiply({GradientSteps() + tile.lane, 1, kTileQueries, keys.RowsFrom(key), keys.by_row_stride,
                OutputFrom(tile.lane), padded_, tile.lanes(), padded_, StepsOf(rows), true});
    }
    for (size_t i = 0; i < count_; i++)
      for (size_t d = 0; d < width; d += kWide)
        L::Store(d_query + i * width + d, width - d, L::LoadWide(s.out + i * padded_ + d));
  }

 private:
  typedef Lanes<kWide> L;
  typedef typename L::Wide Wide;
  static constexpr bool kPairs = std::is_same_v<Entry, Pair>;

  static MEDTUNE_INLINE void Multiply(const TileProduct<Entry> &product) {
    if constexpr (kPairs)
      MultiplyTile(product);
    else
      MultiplyTile<kWide>(product);
  }

  // `rows` keys from `key` on with the queries from `lane` on; those before see none of them.
  struct Tile {
    size_t key, rows, lane;

    size_t lanes() const { return kTileQueries - lane; }
  };

  // The tile that starts at a key: smaller ones along the diagonal, so that little of what is hidden is computed. None
  // behind the last key.
  MEDTUNE_INLINE Tile TileAt(size_t key) const {
    const bool on_diagonal = key + kTileKeys > own_key_ + 1;
    const size_t rows = std::min(on_diagonal ? kDiagonalKeys : kTileKeys, end_key_ - key);
    const size_t lane = key > own_key_ ? (key - own_key_) / kLaneMultiple * kLaneMultiple : 0;
    return {key, rows, lane};
  }

  MEDTUNE_INLINE float *OutputFrom(size_t query) const { return scratch_.out + query * padded_; }

  static size_t StepsOf(size_t count) { return kPairs ? (count + 1) / 2 : count; }

  // Whether every query of the block sees every key of the tile.
  bool IsWhole(const Tile &tile) const { return tile.key >= largest_first_ && tile.key + tile.rows <= own_key_ + 1; }

  // Sᵀ [keys, queries] = K Qᵀ, after the soft cap.
  MEDTUNE_INLINE void Scores(const KeyRows<Entry> &keys, const Tile &tile) {
    Multiply({keys.WidthFrom(tile.key), keys.by_width_stride, 1, scratch_.query_lanes + tile.lane, kTileQueries,
              scratch_.scores + tile.lane, kTileQueries, tile.rows, tile.lanes(), StepsOf(shape_.width), false});
    if (soft_cap_ == 0) return;
    for (size_t row = 0; row < tile.rows; row++) {
      for (size_t lane = tile.lane; lane < kTileQueries; lane += kWide) {
        float *score = scratch_.scores + row * kTileQueries + lane;
        L::StoreWide(score, soft_cap_ * L::Tanh(L::LoadWide(score) * (1 / soft_cap_)));
      }
    }
  }

  // All ones where the query of a lane sees the key: neither difference is negative.
  MEDTUNE_INLINE typename L::WideBits Sees(size_t lane, size_t key) const {
    typename L::WideInts first, last;
    std::memcpy(&first, scratch_.first + lane, sizeof first);
    std::memcpy(&last, scratch_.last + lane, sizeof last);
    const int32_t place = static_cast<int32_t>(key);
    return reinterpret_cast<typename L::WideBits>(~(((place - first) | (last - place)) >> 31));
  }

  static MEDTUNE_INLINE Wide Kept(Wide x, typename L::WideBits where) {
    return reinterpret_cast<Wide>(reinterpret_cast<typename L::WideBits>(x) & where);
  }

  // One key's scores with the queries of a vector; where hidden, lower than all.
  template <bool kMasked>
  MEDTUNE_INLINE Wide ScoresAt(size_t row, size_t lane, size_t key) const {
    const Wide score = L::LoadWide(scratch_.scores + row * kTileQueries + lane);
    if (!kMasked) return score;
    const auto sees = Sees(lane, key + row);
    return Kept(score, sees) + Kept(Wide{} + kHiddenScore, ~sees);
  }

  template <bool kMasked>
  MEDTUNE_INLINE Wide LargestScores(const Tile &tile, size_t lane) const {
    const size_t key = tile.key, rows = tile.rows;
    // Of every other row, so that a comparison need not wait for the one before.
    Wide even = L::LoadWide(scratch_.largest + lane), odd = even;
    size_t row = 0;
    for (; row + 2 <= rows; row += 2) {
      even = L::Larger(even, ScoresAt<kMasked>(row, lane, key));
      odd = L::Larger(odd, ScoresAt<kMasked>(row + 1, lane, key));
    }
    if (row < rows) even = L::Larger(even, ScoresAt<kMasked>(row, lane, key));
    return L::Larger(even, odd);
  }

  // Scores into exponentials below the maximum so far; `shrinks` says what earlier ones are worth now.
  template <bool kMasked>
  MEDTUNE_INLINE void Exponentials(const Tile &tile) {
    TileScratch<Entry> &s = scratch_;
    const size_t key = tile.key, rows = tile.rows;
    for (size_t lane = tile.lane; lane < kTileQueries; lane += kWide) {
      float *scores = s.scores + lane;
      const Wide before = L::LoadWide(s.largest + lane), largest = LargestScores<kMasked>(tile, lane);
      const Wide shrink = L::Exp2OfNegative((before - largest) * kLog2OfE), origin = largest * kLog2OfE;
      Wide sum = L::LoadWide(s.sums + lane) * shrink;
      for (size_t row = 0; row < rows; row += 2) {
        const Wide first = Exponential<kMasked>(row, lane, key, origin);
        const Wide second = row + 1 < rows ? Exponential<kMasked>(row + 1, lane, key, origin) : Wide{};
        sum += first + second;
        if constexpr (kPairs) {
          StorePairOfRows(row, lane, first, second);
        } else {
          L::StoreWide(scores + row * kTileQueries, first);
          if (row + 1 < rows) L::StoreWide(scores + (row + 1) * kTileQueries, second);
        }
      }
      L::StoreWide(s.largest + lane, largest);
      L::StoreWide(s.sums + lane, sum);
      L::StoreWide(s.shrinks + lane, shrink);
    }
  }

  // 2^(score · log₂ e − origin), 0 where hidden.
  template <bool kMasked>
  MEDTUNE_INLINE Wide Exponential(size_t row, size_t lane, size_t key, Wide origin) const {
    const Wide score = L::LoadWide(scratch_.scores + row * kTileQueries + lane);
    const Wide p = L::Exp2OfNegative(score * kLog2OfE - origin);
    return kMasked ? Kept(p, Sees(lane, key + row)) : p;
  }

  // Two rows of a tile, rounded, as entries whose neighbours are keys.
  MEDTUNE_INLINE void StorePairOfRows(size_t row, size_t lane, Wide first, Wide second) {
    L::StoreBits(scratch_.steps + row / 2 * kTileQueries + lane,
                 (L::RoundedHigh(first) >> 16) | L::RoundedHigh(second));
  }

  MEDTUNE_INLINE void ShrinkOutput(size_t first) {
    for (size_t i = first; i < kTileQueries; i++) {
      float *row = scratch_.out + i * padded_;
      for (size_t d = 0; d < padded_; d += kWide) L::StoreWide(row + d, L::LoadWide(row + d) * scratch_.shrinks[i]);
    }
  }

  // Statistics of the block's rows, and Σ_d dO · O; rows that are not there get probabilities of 0.
  MEDTUNE_INLINE void SetRowProducts(const T *attended, const T *d_attended, const float *statistics) {
    const size_t width = shape_.width;
    for (size_t i = 0; i < kTileQueries; i++) {
      scratch_.statistics[i] = i < count_ ? statistics[i] : -kHiddenScore;
      Wide sum = {};
      if (i < count_)
        for (size_t d = 0; d < width; d += kWide)
          sum += L::Load(attended + i * width + d, width - d) * L::Load(d_attended + i * width + d, width - d);
      scratch_.products[i] = L::SumOf(sum);
    }
  }

  // Scores and dPᵀ into P and dS, in the forms that the products take.
  template <bool kMasked>
  MEDTUNE_INLINE void GradientsOfScores(const Tile &tile) {
    const size_t key = tile.key, rows = tile.rows;
    for (size_t lane = tile.lane; lane < kTileQueries; lane += kWide) {
      const Wide origin = L::LoadWide(scratch_.statistics + lane), product = L::LoadWide(scratch_.products + lane);
      for (size_t row = 0; row < rows; row += 2) {
        const Wide first = GradientsAt<kMasked>(row, lane, key, origin, product);
        const Wide second =
            row + 1 < rows ? GradientsAt<kMasked>(row + 1, lane, key, origin, product) : Wide{};
        if constexpr (kPairs) StorePairOfRows(row, lane, first, second);
      }
    }
  }

  // dS of one key with the queries of a vector; it and P are stored by row.
  template <bool kMasked>
  MEDTUNE_INLINE Wide GradientsAt(size_t row, size_t lane, size_t key, Wide origin, Wide product) {
    TileScratch<Entry> &s = scratch_;
    const size_t at = row * kTileQueries + lane;
    const Wide p = Exponential<kMasked>(row, lane, key, origin);
    Wide gradient = p * (L::LoadWide(s.gradients + at) - product);
    if (soft_cap_ != 0) {
      // The cap's slope is 1 − tanh².
      const Wide tanh = L::LoadWide(s.scores + at) * (1 / soft_cap_);
      gradient *= 1 - tanh * tanh;
    }
    if constexpr (kPairs) {
      L::StoreHalves(reinterpret_cast<uint16_t *>(s.rows) + at, L::RoundedHigh(p));
      L::StoreHalves(reinterpret_cast<uint16_t *>(s.more_rows) + at, L::RoundedHigh(gradient));
    } else {
      L::StoreWide(s.scores + at, p);
      L::StoreWide(s.gradients + at, gradient);
    }
    return gradient;
  }

  // The tiles as operands: P and dS by (query, key), and by (key, query).
  const Entry *ProbabilitySteps() const { return OfForm(scratch_.steps, scratch_.scores); }
  const Entry *GradientSteps() const { return OfForm(scratch_.steps, scratch_.gradients); }
  const Entry *ProbabilityRows() const { return OfForm(scratch_.rows, scratch_.scores); }
  const Entry *GradientRows() const { return OfForm(scratch_.more_rows, scratch_.gradients); }

  static const Entry *OfForm(const Entry *pairs, const float *floats) {
    if constexpr (kPairs)
      return pairs;
    else
      return floats;
  }

  const AttentionShape shape_;
  const size_t padded_;
  const float soft_cap_;
  TileScratch<Entry> scratch_;
  size_t count_ = 0, first_key_ = 0, largest_first_ = 0, own_key_ = 0, end_key_ = 0;
};

}  // namespace medtune

#endif  // MEDTUNE_TILE_ATTENTION_H_
