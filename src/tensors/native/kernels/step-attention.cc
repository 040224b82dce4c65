#include "step-attention.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "few-row-rules.h"
#include "row-workers.h"

namespace medtune {

namespace {

void Softmax(float *scores, size_t count) {
  float largest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < count; i++) largest = scores[i] > largest ? scores[i] : largest;
  float sum = 0;
  for (size_t i = 0; i < count; i++) sum += scores[i] = std::exp(scores[i] - largest);
  for (size_t i = 0; i < count; i++) scores[i] /= sum;
}

// Scores and weighted values of this many elements are worth the other threads.
constexpr size_t kSharedElements = 1 << 18;

void ReadNumbers(const Call::Input &x, size_t first, size_t size, float *y) {
  for (size_t i = 0; i < size; i++) y[i] = ReadAs(x.dtype(), x.data<void>(), first + i);
}

}  // namespace

void Turn(const float *x, size_t size, const float *turns, float *y) {
  for (size_t i = 0; i < size; i += 2) {
    const float a = x[i], b = x[i + 1];
    y[i] = a * turns[i] - b * turns[i + 1];
    y[i + 1] = a * turns[i + 1] + b * turns[i];
  }
}

void HeadsStep::Cache(size_t group, const float *key, const float *value) const {
  const size_t row = group * capacity + end - 1;
  for (size_t i = 0; i < width; i++) WriteAs(dtype, keys, row * width + i, key[i]);
  for (size_t i = 0; i < value_width; i++) WriteAs(dtype, values, row * value_width + i, value[i]);
}

void HeadsStep::Attend(size_t head, float *query, float *y) const {
  static thread_local PreparedVector prepared;
  static thread_local std::vector<float> scores;
  const RowKernels &kernels = BestRowKernels();
  const size_t base = head / (heads / groups) * capacity, first_value = (base + begin) * value_width;
  scores.resize(end - begin);
  if (dtype == TF_BFLOAT16)
    for (size_t i = 0; i < width; i++) query[i] = FromBfloat16(ToBfloat16(query[i]));
  prepared.Set(query, width);
  if (dtype == TF_FLOAT)
    kernels.multiply_float32(static_cast<const float *>(keys) + base * width, begin, end, prepared, scores.data());
  else
    kernels.multiply_bfloat16(static_cast<const uint16_t *>(keys) + base * width, begin, end, prepared, scores.data());
  if (soft_cap > 0)
    for (float &score : scores) score = soft_cap * std::tanh(score / soft_cap);
  Softmax(scores.data(), scores.size());
  for (size_t i = 0; i < value_width; i++) y[i] = 0;
  if (dtype == TF_FLOAT)
    kernels.add_rows_float32(static_cast<const float *>(values) + first_value, scores.size(), value_width,
                             scores.data(), y);
  else
    kernels.add_rows_bfloat16(static_cast<const uint16_t *>(values) + first_value, scores.size(), value_width,
                              scores.data(), y);
  if (dtype == TF_BFLOAT16)
    for (size_t i = 0; i < value_width; i++) y[i] = FromBfloat16(ToBfloat16(y[i]));
}

void ReadPlace(Call *call, const Call::Input &place, HeadsStep *step) {
  call->Require(place.count() == 2, "step attention takes the token's place and the first it sees");
  if (!call->ok()) return;
  const int32_t position = place.data<int32_t>()[0], first = place.data<int32_t>()[1];
  call->Require(first >= 0 && first <= position && static_cast<size_t>(position) < step->capacity,
                "step attention takes a place inside the cache");
  step->begin = static_cast<size_t>(first);
  step->end = static_cast<size_t>(position) + 1;
}

// query [H, 1, 1, D] and key [K, 1, 1, D] before rotation, value [K, 1, 1, D], their turns complex64 [1, D / 2], caches
// [K, 1, C, D], place int32 [2]: the new token's row in the caches, and the first row it sees. Writes key and value
// into the caches, whose memory it changes, and returns the attended values [H, 1, 1, D].
void StepAttention(const AttentionRule &rule, Call *call) {
  const Call::Input query = call->Get(0), key = call->Get(1), value = call->Get(2);
  const Call::Input query_turns = call->Get(3), key_turns = call->Get(4);
  const Call::Input key_cache = call->Get(5), value_cache = call->Get(6), place = call->Get(7);
  if (!call->ok()) return;
  HeadsStep step = {};
  step.heads = query.size(0), step.groups = key.size(0), step.capacity = key_cache.size(2);
  step.width = query.size(-1), step.value_width = value.size(-1);
  step.soft_cap = rule.soft_cap, step.dtype = value.dtype();
  step.keys = key_cache.data<void>(), step.values = value_cache.data<void>();
  const size_t heads = step.heads, groups = step.groups, width = step.width, value_width = step.value_width;
  call->Require(query.count() == heads * width && key.count() == groups * width &&
                    value.count() == groups * value_width && groups > 0 && heads % groups == 0 && width % 2 == 0,
                "step attention takes query [H, 1, 1, D], key and value [K, 1, 1, D], H a multiple of K");
  call->Require(query_turns.count() == width / 2 && key_turns.count() == width / 2,
                "step attention takes D / 2 turns");
  call->Require(key_cache.count() == groups * step.capacity * width &&
                    value_cache.count() == groups * step.capacity * value_width,
                "step attention takes caches [K, 1, C, D]");
  if (call->ok()) ReadPlace(call, place, &step);
  if (!call->ok()) return;
  void *attended = call->Allocate(step.dtype, {static_cast<int64_t>(heads), 1, 1, static_cast<int64_t>(value_width)});
  if (attended == nullptr) return;
  const auto attend = [&](size_t group) {
    static thread_local std::vector<float> numbers, turned, sums;
    numbers.resize(width > value_width ? width : value_width);
    turned.resize(width);
    sums.resize(value_width);
    ReadNumbers(key, group * width, width, numbers.data());
    Turn(numbers.data(), width, key_turns.data<float>(), turned.data());
    ReadNumbers(value, group * value_width, value_width, numbers.data());
    step.Cache(group, turned.data(), numbers.data());
    for (size_t head = group * (heads / groups); head < (group + 1) * (heads / groups); head++) {
      ReadNumbers(query, head * width, width, numbers.data());
      Turn(numbers.data(), width, query_turns.data<float>(), turned.data());
      step.Attend(head, turned.data(), sums.data());
      for (size_t i = 0; i < value_width; i++) WriteAs(step.dtype, attended, head * value_width + i, sums[i]);
    }
  };
  const bool shared = heads * (step.end - step.begin) * width >= kSharedElements;
  ShareRows(groups, shared ? 1 : groups, [&](size_t from, size_t to) {
    for (size_t group = from; group < to; group++) attend(group);
  });
}

}  // namespace medtune
