#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "few-row-rules.h"
#include "row-workers.h"

namespace medtune {

namespace {

// Turns consecutive pairs by complex numbers.
void Turn(TF_DataType dtype, const void *x, size_t first, size_t size, const float *turns, float *y) {
  for (size_t i = 0; i < size; i += 2) {
    const float a = ReadAs(dtype, x, first + i), b = ReadAs(dtype, x, first + i + 1);
    y[i] = a * turns[i] - b * turns[i + 1];
    y[i + 1] = a * turns[i + 1] + b * turns[i];
  }
}

void Softmax(float *scores, size_t count) {
  float largest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < count; i++) largest = scores[i] > largest ? scores[i] : largest;
  float sum = 0;
  for (size_t i = 0; i < count; i++) sum += scores[i] = std::exp(scores[i] - largest);
  for (size_t i = 0; i < count; i++) scores[i] /= sum;
}

// Scores and weighted values of this many elements are worth the other threads.
constexpr size_t kSharedElements = 1 << 18;

}  // namespace

// query [H, 1, 1, D] and key [K, 1, 1, D] before rotation, value [K, 1, 1, D], their turns complex64 [1, D / 2], caches
// [K, 1, C, D], place int32 [2]: the new token's row in the caches, and the first row it sees. Writes key and value
// into the caches, whose memory it changes, and returns the attended values [H, 1, 1, D].
void StepAttention(const AttentionRule &rule, Call *call) {
  const Call::Input query = call->Get(0), key = call->Get(1), value = call->Get(2);
  const Call::Input query_turns = call->Get(3), key_turns = call->Get(4);
  const Call::Input key_cache = call->Get(5), value_cache = call->Get(6), place = call->Get(7);
  if (!call->ok()) return;
  const size_t heads = query.size(0), groups = key.size(0), width = query.size(-1), value_width = value.size(-1);
  const size_t capacity = key_cache.size(2);
  call->Require(query.count() == heads * width && key.count() == groups * width &&
                    value.count() == groups * value_width && groups > 0 && heads % groups == 0 && width % 2 == 0,
                "step attention takes query [H, 1, 1, D], key and value [K, 1, 1, D], H a multiple of K");
  call->Require(query_turns.count() == width / 2 && key_turns.count() == width / 2,
                "step attention takes D / 2 turns");
  call->Require(key_cache.count() == groups * capacity * width && value_cache.count() == groups * capacity * value_width,
                "step attention takes caches [K, 1, C, D]");
  call->Require(place.count() == 2, "step attention takes the token's place and the first it sees");
  if (!call->ok()) return;
  const int32_t position = place.data<int32_t>()[0], first = place.data<int32_t>()[1];
  call->Require(first >= 0 && first <= position && static_cast<size_t>(position) < capacity,
                "step attention takes a place inside the cache");
  const TF_DataType dtype = value.dtype(), turned_dtype = query.dtype();
  void *attended = call->ok() ? call->Allocate(dtype, {static_cast<int64_t>(heads), 1, 1,
                                                       static_cast<int64_t>(value_width)})
                              : nullptr;
  if (attended == nullptr) return;
  const size_t begin = static_cast<size_t>(first), end = static_cast<size_t>(position) + 1, repeat = heads / groups;
  const RowKernels &kernels = BestRowKernels();
  const auto attend = [&](size_t group) {
    static thread_local PreparedVector prepared;
    static thread_local std::vector<float> turned, scores, sums;
    turned.resize(width);
    scores.resize(end - begin);
    const size_t base = group * capacity;
    Turn(turned_dtype, key.data<void>(), group * width, width, key_turns.data<float>(), turned.data());
    for (size_t i = 0; i < width; i++)
      WriteAs(dtype, key_cache.data<void>(), (base + end - 1) * width + i, turned[i]);
    for (size_t i = 0; i < value_width; i++)
      WriteAs(dtype, value_cache.data<void>(), (base + end - 1) * value_width + i,
              ReadAs(dtype, value.data<void>(), group * value_width + i));
    for (size_t head = group * repeat; head < (group + 1) * repeat; head++) {
      Turn(turned_dtype, query.data<void>(), head * width, width, query_turns.data<float>(), turned.data());
      if (dtype == TF_BFLOAT16)
        for (float &number : turned) number = FromBfloat16(ToBfloat16(number));
      prepared.Set(turned.data(), width);
      sums.assign(value_width, 0);
      if (dtype == TF_FLOAT)
        kernels.multiply_float32(key_cache.data<float>() + base * width, begin, end, prepared, scores.data());
      else
        kernels.multiply_bfloat16(key_cache.data<uint16_t>() + base * width, begin, end, prepared, scores.data());
      if (rule.soft_cap > 0)
        for (float &score : scores) score = rule.soft_cap * std::tanh(score / rule.soft_cap);
      Softmax(scores.data(), scores.size());
      const size_t values = (base + begin) * value_width;
      if (dtype == TF_FLOAT)
        kernels.add_rows_float32(value_cache.data<float>() + values, scores.size(), value_width, scores.data(),
                                 sums.data());
      else
        kernels.add_rows_bfloat16(value_cache.data<uint16_t>() + values, scores.size(), value_width, scores.data(),
                                  sums.data());
      for (size_t i = 0; i < value_width; i++) WriteAs(dtype, attended, head * value_width + i, sums[i]);
    }
  };
  const bool shared = heads * (end - begin) * width >= kSharedElements;
  ShareRows(groups, shared ? 1 : groups, [&](size_t from, size_t to) {
    for (size_t group = from; group < to; group++) attend(group);
  });
}

}  // namespace medtune
