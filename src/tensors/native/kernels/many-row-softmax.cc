#include <vector>

#include "many-row-rules.h"
#include "share-passes.h"

namespace medtune {

namespace {

template <typename T>
struct SoftmaxPass {
  const T *scores;
  // Of `mask_rows` rows, one after another for those of the scores; null where all is visible.
  const float *mask;
  T *y;
  size_t width, mask_rows;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    std::vector<float> exponentials(width);
    float *values = exponentials.data();
    for (size_t row = begin; row < end; row++) {
      const T *from = scores + row * width;
      const float *hidden = mask == nullptr ? nullptr : mask + row % mask_rows * width;
      Wide largest = Wide{} - 3e38f;
      for (size_t i = 0; i < width; i += kWide) {
        Wide v = L::Load(from + i, width - i, -3e38f);
        if (hidden != nullptr) v += L::Load(hidden + i, width - i);
        L::Store(values + i, width - i, v);
        largest = L::Larger(largest, v);
      }
      const float top = L::LargestOf(largest);
      Wide sums = {};
      for (size_t i = 0; i < width; i += kWide) {
        const Wide e = L::Exp(L::Load(values + i, width - i, -3e38f) - top);
        L::Store(values + i, width - i, e);
        sums += e;
      }
      const float factor = 1.0f / L::SumOf(sums);
      for (size_t i = 0; i < width; i += kWide)
        L::Store(y + row * width + i, width - i, L::Load(values + i, width - i) * factor);
    }
  }
};

template <typename T>
struct SoftmaxGradPass {
  const T *p, *dp;
  T *dscores;
  size_t width;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    for (size_t row = begin; row < end; row++) {
      const size_t first = row * width;
      Wide products = {};
      for (size_t i = 0; i < width; i += kWide)
        products += L::Load(p + first + i, width - i) * L::Load(dp + first + i, width - i);
      const float sum = L::SumOf(products);
      for (size_t i = 0; i < width; i += kWide)
        L::Store(dscores + first + i, width - i,
              L::Load(p + first + i, width - i) * (L::Load(dp + first + i, width - i) - sum));
    }
  }
};

std::vector<int64_t> ShapeOf(Call *call, int index) {
  const Call::Input input = call->Get(index);
  return call->ok() ? input.shape() : std::vector<int64_t>();
}

}  // namespace

// scores [.., S], mask float32 of the scores' last axes or empty → softmax(scores + mask) over the last axis.
void MaskedSoftmax(const NoRule &, Call *call) {
  const std::vector<int64_t> shape = ShapeOf(call, 0);
  void *y = call->Reuse(0, 0, shape);
  const Call::Input scores = call->Get(0), mask = call->Get(1);
  if (y == nullptr || !call->ok()) return;
  const size_t width = scores.size(-1);
  call->Require(mask.count() == 0 || (mask.size(-1) == width && scores.count() % mask.count() == 0),
                "softmax takes scores [.., S] and a mask of their last axes");
  if (!call->ok() || scores.count() == 0) return;
  WithTypes(scores.dtype(), TF_FLOAT, [&](auto *type, auto *) {
    typedef std::remove_pointer_t<decltype(type)> T;
    const bool is_masked = mask.count() > 0;
    const SoftmaxPass<T> pass = {scores.data<T>(), is_masked ? mask.data<float>() : nullptr, static_cast<T *>(y), width,
                                 mask.count() / width};
    SharePass(pass, scores.count() / width, width);
  });
}

// p and the gradient of p, [.., S] each → p · (dp − Σ p · dp).
void SoftmaxGrad(const NoRule &, Call *call) {
  const std::vector<int64_t> shape = ShapeOf(call, 1);
  void *y = call->Reuse(1, 0, shape);
  const Call::Input p = call->Get(0), dp = call->Get(1);
  if (y == nullptr || !call->ok()) return;
  call->Require(p.count() == dp.count(), "gradient of a softmax takes two tensors of one shape");
  if (!call->ok() || p.count() == 0) return;
  const size_t width = p.size(-1);
  WithTypes(p.dtype(), TF_FLOAT, [&](auto *type, auto *) {
    typedef std::remove_pointer_t<decltype(type)> T;
    const SoftmaxGradPass<T> pass = {p.data<T>(), dp.data<T>(), static_cast<T *>(y), width};
    SharePass(pass, p.count() / width, width);
  });
}

}  // namespace medtune
