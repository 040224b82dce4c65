#include <cmath>
#include <type_traits>
#include <vector>

#include "many-row-rules.h"
#include "share-passes.h"

namespace medtune {

namespace {

// A logit c · tanh(l / c) and its slope by l; without a cap, c = 0, the logit itself and 1.
template <typename L>
struct CappedLogits {
  typename L::Wide values, slopes;

  MEDTUNE_INLINE CappedLogits(typename L::Wide logits, float cap) : values(logits), slopes(typename L::Wide{} + 1.0f) {
    if (cap == 0) return;
    const typename L::Wide turned = L::Tanh(logits * (1.0f / cap));
    values = turned * cap;
    slopes = 1.0f - turned * turned;
  }
};

template <typename T>
struct CrossEntropyPass {
  T *logits;
  const int32_t *labels;
  float *losses;
  // Null where no gradient is wanted.
  float *at_labels;
  size_t width;
  float cap;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    constexpr bool is_wide = std::is_same<T, float>::value;
    const bool has_gradient = at_labels != nullptr;
    std::vector<float> exponentials(has_gradient && !is_wide ? width : 0);
    for (size_t index = begin; index < end; index++) {
      T *row = logits + index * width;
      const size_t label = static_cast<size_t>(labels[index]);
      const CappedLogits<L> at(L::Load(row + label, 1), cap);
      const float top = TopOf<kWide>(row), of_label = L::Exp(at.values - top)[0];
      float *values = exponentials.data();
      if constexpr (is_wide) values = row;
      Wide sums = {};
      for (size_t i = 0; i < width; i += kWide) {
        const size_t left = width - i;
        const CappedLogits<L> x(L::Load(row + i, left), cap);
        Wide e = L::Exp(x.values - top);
        for (size_t lane = left; lane < kWide; lane++) e[lane] = 0;
        if (label - i < kWide) e[label - i] = 0;
        sums += e;
        if (has_gradient) L::Store(values + i, left, e * x.slopes);
      }
      // The label's share apart: what a nearly certain row has left is not lost beside it.
      const float others = L::SumOf(sums), factor = 1.0f / (others + of_label);
      losses[index] = std::log1p(others + (of_label - 1.0f)) + (top - at.values[0]);
      if (!has_gradient) continue;
      at_labels[index] = others * factor * at.slopes[0];
      for (size_t i = 0; i < width; i += kWide)
        L::Store(row + i, width - i, L::Load(values + i, width - i) * factor);
    }
  }

  // A row's largest logit, capped: the cap keeps the order.
  template <size_t kWide>
  MEDTUNE_INLINE float TopOf(const T *row) const {
    typedef Lanes<kWide> L;
    typename L::Wide largest = typename L::Wide{} - 3e38f;
    for (size_t i = 0; i < width; i += kWide) largest = L::Larger(largest, L::Load(row + i, width - i, -3e38f));
    return CappedLogits<L>(typename L::Wide{} + L::LargestOf(largest), cap).values[0];
  }
};

bool AreInside(const Call::Input &labels, size_t width) {
  const int32_t *values = labels.data<int32_t>();
  for (size_t i = 0; i < labels.count(); i++)
    if (values[i] < 0 || static_cast<size_t>(values[i]) >= width) return false;
  return true;
}

}  // namespace

// logits [c, V], labels int32 [c] → losses [c]: the logarithm of Σ exp(logits), less the label's logit. With gradients
// the logits become p · slope, 0 at the label, and (1 − p) · slope at the label is a result of its own, [c, 1].
void CrossEntropy(const CrossEntropyRule &rule, Call *call) {
  const Call::Input logits = call->Get(0), labels = call->Get(1);
  if (!call->ok()) return;
  const size_t width = logits.size(-1), rows = labels.count();
  call->Require(logits.rank() == 2 && logits.size(0) == rows && AreInside(labels, width),
                "cross-entropy takes logits [c, V] and labels [c] in 0..V-1");
  if (!call->ok()) return;
  const int64_t count = static_cast<int64_t>(rows);
  float *losses = static_cast<float *>(call->Allocate(0, TF_FLOAT, {count}));
  float *at_labels = static_cast<float *>(call->Allocate(1, TF_FLOAT, {rule.gradients == 0 ? 0 : count, 1}));
  if (!call->ok() || rows == 0) return;
  WithTypes(logits.dtype(), TF_FLOAT, [&](auto *type, auto *) {
    typedef std::remove_pointer_t<decltype(type)> T;
    const CrossEntropyPass<T> pass = {
        logits.data<T>(), labels.data<int32_t>(), losses, rule.gradients == 0 ? nullptr : at_labels, width, rule.soft_cap};
    SharePass(pass, rows, width);
  });
}

}  // namespace medtune
