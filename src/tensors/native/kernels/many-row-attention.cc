#include "many-row-rules.h"
#include "share-passes.h"
#include "tile-attention.h"

namespace medtune {

namespace {

// Keys and values [heads, S, D] as the operands of tiles; without copies where they are whole vectors of float32.
template <typename T, typename Entry>
class PreparedRows {
 public:
  PreparedRows(const T *rows, size_t heads, size_t count, size_t width, size_t padded)
      : rows_(rows), count_(count), width_(width), padded_(padded), room_((count + 1) / 2 * 2) {
    if (!kIsNatural || width != padded) packed_.reset(new Entry[heads * EntriesOfHead()]);
  }

  bool IsPacked() const { return packed_ != nullptr; }

  template <size_t kWide>
  MEDTUNE_INLINE void PackHead(size_t head) {
    PackSteps<kWide>(rows_ + head * count_ * width_, count_, room_, width_, padded_,
                     packed_.get() + head * EntriesOfHead());
  }

  KeyRows<Entry> OfHead(size_t head) const {
    if constexpr (kIsNatural) {
      if (!IsPacked()) return {OwnRows(head), width_, OwnRows(head), width_};
    }
    const Entry *packed = packed_.get() + head * EntriesOfHead();
    if constexpr (kPairs) return {reinterpret_cast<const Entry *>(OwnRows(head)), width_ / 2, packed, padded_};
    return {packed, padded_, packed, padded_};
  }

 private:
  static constexpr bool kPairs = std::is_same_v<Entry, Pair>;
  static constexpr bool kIsNatural = std::is_same_v<Entry, T>;

  const T *OwnRows(size_t head) const { return rows_ + head * count_ * width_; }
  size_t EntriesOfHead() const { return room_ / KeyRows<Entry>::kRowsOfEntry * padded_; }

  const T *rows_;
  size_t count_, width_, padded_, room_;
  std::unique_ptr<Entry[]> packed_;
};

template <typename T, typename Entry>
struct PreparePass {
  PreparedRows<T, Entry> *rows;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    for (size_t head = begin; head < end; head++) rows->template PackHead<kWide>(head);
  }
};

// What both directions read.
template <typename T, typename Entry_>
struct AttentionOperands {
  typedef T Number;
  typedef Entry_ Entry;

  AttentionShape shape;
  Visibility visibility;
  float soft_cap;
  const T *query;
  PreparedRows<T, Entry> keys, values;

  AttentionOperands(const AttentionShape &shape, const Visibility &visibility, float soft_cap, const T *query,
                    const T *key, const T *value)
      : shape(shape),
        visibility(visibility),
        soft_cap(soft_cap),
        query(query),
        keys(key, shape.groups * shape.batch, shape.keys, shape.width, shape.padded_width()),
        values(value, shape.groups * shape.batch, shape.keys, shape.width, shape.padded_width()) {
    for (PreparedRows<T, Entry> *rows : {&keys, &values})
      if (rows->IsPacked())
        SharePass(PreparePass<T, Entry>{rows}, shape.groups * shape.batch, shape.keys * shape.width);
  }

  // Memory of numbers of the operands' dtype.
  static T *Numbers(void *data) { return static_cast<T *>(data); }

  size_t GroupOf(size_t head) const { return head / shape.repeat(); }
  // Of the statistics [B, H, T].
  size_t StatisticsRow(size_t head, size_t batch) const { return (batch * shape.heads + head) * shape.queries; }
};

template <typename Operands>
struct AttendPass {
  typedef typename Operands::Number T;
  const Operands *operands;
  T *attended;
  float *statistics;

  // Blocks of queries of one head after another, the longest first.
  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    const AttentionShape &shape = operands->shape;
    TileAttention<kWide, T, typename Operands::Entry> tiles(shape, operands->soft_cap);
    for (size_t index = begin; index < end; index++) {
      const size_t of_batch = index / shape.blocks(), block = shape.blocks() - 1 - index % shape.blocks();
      const size_t head = of_batch / shape.batch, batch = of_batch % shape.batch;
      const size_t first = block * kTileQueries, count = std::min(kTileQueries, shape.queries - first);
      const size_t row = of_batch * shape.queries + first;
      const size_t group = operands->GroupOf(head) * shape.batch + batch;
      tiles.SetBlock(batch, first, count, operands->visibility);
      tiles.Forward(operands->query + row * shape.width, operands->keys.OfHead(group), operands->values.OfHead(group),
                    attended + row * shape.width, statistics + operands->StatisticsRow(head, batch) + first);
    }
  }
};

// Gradients of keys and values of one query head: each thread's own, summed over the heads that share them afterwards.
struct HeadGradients {
  std::unique_ptr<float[]> numbers;
  size_t of_head;

  HeadGradients(const AttentionShape &shape)
      : numbers(new float[2 * shape.heads * shape.batch * shape.keys * shape.padded_width()]),
        of_head(shape.keys * shape.padded_width()) {}

  float *Key(size_t head) const { return numbers.get() + 2 * head * of_head; }
  float *Value(size_t head) const { return Key(head) + of_head; }
};

template <typename Operands>
struct AttendGradPass {
  typedef typename Operands::Number T;
  typedef typename Operands::Entry Entry;
  const Operands *operands;
  const T *attended, *d_attended;
  const float *statistics;
  T *d_query;
  const HeadGradients *gradients;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    const AttentionShape &shape = operands->shape;
    TileAttention<kWide, T, Entry> tiles(shape, operands->soft_cap);
    for (size_t index = begin; index < end; index++) {
      const size_t head = index / shape.batch, batch = index % shape.batch;
      const size_t group = operands->GroupOf(head) * shape.batch + batch;
      const KeyRows<Entry> keys = operands->keys.OfHead(group), values = operands->values.OfHead(group);
      float *d_key = gradients->Key(index), *d_value = gradients->Value(index);
      std::fill(d_key, d_key + 2 * gradients->of_head, 0.0f);
      for (size_t first = 0; first < shape.queries; first += kTileQueries) {
        const size_t count = std::min(kTileQueries, shape.queries - first);
        const size_t row = (index * shape.queries + first) * shape.width;
        tiles.SetBlock(batch, first, count, operands->visibility);
        tiles.Backward(operands->query + row, keys, values, attended + row, d_attended + row,
                       statistics + operands->StatisticsRow(head, batch) + first, d_query + row, d_key, d_value);
      }
    }
  }
};

// Rows of d_key and d_value [K, B, S, D] from those of the query heads.
struct SumHeadsPass {
  AttentionShape shape;
  const HeadGradients *gradients;
  float *d_key, *d_value;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    const size_t padded = shape.padded_width();
    for (size_t row = begin; row < end; row++) {
      const size_t of_batch = row / shape.keys, key = row % shape.keys;
      const size_t group = of_batch / shape.batch, batch = of_batch % shape.batch;
      SumRow<kWide>(group, batch, key * padded, &HeadGradients::Key, d_key + row * shape.width);
      SumRow<kWide>(group, batch, key * padded, &HeadGradients::Value, d_value + row * shape.width);
    }
  }

  template <size_t kWide>
  MEDTUNE_INLINE void SumRow(size_t group, size_t batch, size_t offset, float *(HeadGradients::*of)(size_t) const,
                             float *to) const {
    typedef Lanes<kWide> L;
    for (size_t d = 0; d < shape.width; d += kWide) {
      typename L::Wide sum = {};
      for (size_t r = 0; r < shape.repeat(); r++) {
        const size_t head = (group * shape.repeat() + r) * shape.batch + batch;
        sum += L::LoadWide((gradients->*of)(head) + offset + d);
      }
      L::Store(to + d, shape.width - d, sum);
    }
  }
};

// What decides the scores besides queries and keys, checked.
bool ReadShape(Call *call, const Call::Input &query, const Call::Input &key, const Call::Input &value,
               const Call::Input &first, AttentionShape *shape, Visibility *visibility) {
  if (!call->ok()) return false;
  *shape = {query.size(0), key.size(0), query.size(1), query.size(2), key.size(2), query.size(3)};
  call->Require(query.rank() == 4 && key.shape() == value.shape() && key.rank() == 4 && shape->groups > 0 &&
                    shape->heads % shape->groups == 0 && key.size(1) == shape->batch && key.size(3) == shape->width &&
                    shape->keys >= shape->queries && shape->width % 2 == 0,
                "attention takes queries [H, B, T, D], keys and values [K, B, S, D] with H a multiple of K, S ≥ T and "
                "D even");
  const size_t firsts = first.count();
  call->Require(firsts == 0 || firsts == shape->queries || firsts == shape->batch * shape->queries,
                "attention takes the first visible key of each query, [T] or [B, T], or none");
  *visibility = {firsts == 0 ? nullptr : first.data<int32_t>(), first.rank() == 2};
  return call->ok();
}

// Calls body with the operands, in the entries that tiles of this dtype are multiplied in.
template <typename Body>
void WithOperands(const AttendRule &rule, const AttentionShape &shape, const Visibility &visibility,
                  const Call::Input &query, const Call::Input &key, const Call::Input &value, Body body) {
  const auto call = [&](auto *number, auto *entry) {
    typedef std::remove_pointer_t<decltype(number)> T;
    typedef std::remove_pointer_t<decltype(entry)> Entry;
    body(AttentionOperands<T, Entry>(shape, visibility, rule.soft_cap, query.data<T>(), key.data<T>(), value.data<T>()));
  };
  float *wide = nullptr;
  uint16_t *half = nullptr;
  Pair *pair = nullptr;
  if (query.dtype() == TF_FLOAT)
    call(wide, wide);
  else if (MultipliesPairs())
    call(half, pair);
  else
    call(half, wide);
}

}  // namespace

// query [H, B, T, D], key and value [K, B, S, D], first visible keys [T], [B, T] or none → attended [H, B, T, D] and
// float32 [B, H, T] for the gradient. The last query's own key is the last one.
void Attend(const AttendRule &rule, Call *call) {
  const Call::Input query = call->Get(0), key = call->Get(1), value = call->Get(2), first = call->Get(3);
  AttentionShape shape;
  Visibility visibility;
  if (!ReadShape(call, query, key, value, first, &shape, &visibility)) return;
  void *attended = call->Allocate(0, query.dtype(), query.shape());
  const std::vector<int64_t> sizes = query.shape();
  void *statistics = call->Allocate(1, TF_FLOAT, {sizes[1], sizes[0], sizes[2]});
  if (!call->ok() || query.count() == 0) return;
  WithOperands(rule, shape, visibility, query, key, value, [&](const auto &operands) {
    const AttendPass<std::decay_t<decltype(operands)>> pass = {&operands, operands.Numbers(attended),
                                                               static_cast<float *>(statistics)};
    SharePass(pass, shape.heads * shape.batch * shape.blocks(), kNumbersAtATime);
  });
}

// As above, with the attended rows, their gradient and the statistics → gradients of query, in its dtype, and of key and
// value in float32.
void AttendGrad(const AttendRule &rule, Call *call) {
  const Call::Input query = call->Get(0), key = call->Get(1), value = call->Get(2), attended = call->Get(3),
                    d_attended = call->Get(4), statistics = call->Get(5), first = call->Get(6);
  AttentionShape shape;
  Visibility visibility;
  if (!ReadShape(call, query, key, value, first, &shape, &visibility)) return;
  call->Require(attended.shape() == query.shape() && d_attended.shape() == query.shape() &&
                    statistics.count() == shape.heads * shape.batch * shape.queries,
                "the gradient of attention takes attended rows of the queries' shape and statistics [B, H, T]");
  void *d_query = call->Allocate(0, query.dtype(), query.shape());
  float *d_key = static_cast<float *>(call->Allocate(1, TF_FLOAT, key.shape()));
  float *d_value = static_cast<float *>(call->Allocate(2, TF_FLOAT, key.shape()));
  if (!call->ok()) return;
  if (query.count() == 0) {
    std::fill_n(d_key, key.count(), 0.0f);
    std::fill_n(d_value, key.count(), 0.0f);
    return;
  }
  WithOperands(rule, shape, visibility, query, key, value, [&](const auto &operands) {
    const HeadGradients gradients(shape);
    const AttendGradPass<std::decay_t<decltype(operands)>> pass = {
        &operands,
        operands.Numbers(attended.data<void>()),
        operands.Numbers(d_attended.data<void>()),
        statistics.data<float>(),
        operands.Numbers(d_query),
        &gradients};
    SharePass(pass, shape.heads * shape.batch, kNumbersAtATime);
    const SumHeadsPass sum = {shape, &gradients, d_key, d_value};
    SharePass(sum, shape.groups * shape.batch * shape.keys, 2 * shape.repeat() * shape.width);
  });
}

}  // namespace medtune
