#include <cmath>

#include "many-row-rules.h"
#include "share-passes.h"

namespace medtune {

namespace {

template <typename Out>
struct NormalizePass {
  const float *x, *weight;
  float *normalized, *inverse;
  Out *y;
  size_t width;
  float epsilon, offset;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    for (size_t row = begin; row < end; row++) {
      const float *values = x + row * width;
      Wide squares = {};
      for (size_t i = 0; i < width; i += kWide) {
        const Wide v = L::Load(values + i, width - i);
        squares += v * v;
      }
      const float r = 1.0f / std::sqrt(L::SumOf(squares) / static_cast<float>(width) + epsilon);
      inverse[row] = r;
      for (size_t i = 0; i < width; i += kWide) {
        const size_t left = width - i;
        const Wide v = L::Load(values + i, left) * r;
        L::Store(normalized + row * width + i, left, v);
        L::Store(y + row * width + i, left, v * (L::Load(weight + i, left) + offset));
      }
    }
  }
};

struct NormalizeGradPass {
  const float *dy, *normalized, *inverse, *weight, *residual;
  float *dx;
  size_t width;
  float offset;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    for (size_t row = begin; row < end; row++) {
      const float *gradient = dy + row * width, *values = normalized + row * width;
      Wide products = {};
      for (size_t i = 0; i < width; i += kWide) {
        const size_t left = width - i;
        products += L::Load(gradient + i, left) * (L::Load(weight + i, left) + offset) * L::Load(values + i, left);
      }
      const float mean = L::SumOf(products) / static_cast<float>(width), r = inverse[row];
      for (size_t i = 0; i < width; i += kWide) {
        const size_t left = width - i, index = row * width + i;
        const Wide across = L::Load(gradient + i, left) * (L::Load(weight + i, left) + offset) - L::Load(values + i, left) * mean;
        Wide sum = across * r;
        if (residual != nullptr) sum += L::Load(residual + index, left);
        L::Store(dx + index, left, sum);
      }
    }
  }
};

}  // namespace

// x float32 [.., E], weight float32 [E] → x̂ = x · r, r = 1 / √(mean(x²) + ε) [.., 1] and x̂ · (weight + offset).
void NormalizeRows(const NormalizeRule &rule, Call *call) {
  const Call::Input x = call->Get(0), weight = call->Get(1);
  if (!call->ok()) return;
  const size_t width = weight.count();
  call->Require(width > 0 && x.rank() > 0 && x.size(-1) == width, "norm takes x [.., E] and a weight [E]");
  if (!call->ok()) return;
  std::vector<int64_t> of_rows = x.shape();
  of_rows.back() = 1;
  void *y = call->Allocate(0, rule.dtype, x.shape());
  float *normalized = static_cast<float *>(call->Allocate(1, TF_FLOAT, x.shape()));
  float *inverse = static_cast<float *>(call->Allocate(2, TF_FLOAT, of_rows));
  if (y == nullptr || normalized == nullptr || inverse == nullptr) return;
  WithTypes(rule.dtype, TF_FLOAT, [&](auto *out, auto *) {
    typedef std::remove_pointer_t<decltype(out)> Out;
    const NormalizePass<Out> pass = {x.data<float>(),        weight.data<float>(), normalized,  inverse,
                                     static_cast<Out *>(y), width,                rule.epsilon, rule.offset};
    SharePass(pass, x.count() / width, width);
  });
}

// dy, x̂, r, weight and, where it is added, the gradient that flows past the norm → gradient of x:
// r · (dx̂ − x̂ · mean(dx̂ · x̂)) + residual with dx̂ = dy · (weight + offset).
void NormalizeRowsGrad(const NormalizeGradRule &rule, Call *call) {
  std::vector<int64_t> shape;
  {
    const Call::Input dy = call->Get(0);
    if (!call->ok()) return;
    shape = dy.shape();
  }
  float *dx = static_cast<float *>(call->Reuse(0, 0, shape));
  const Call::Input dy = call->Get(0), normalized = call->Get(1), inverse = call->Get(2), weight = call->Get(3),
                    residual = call->Get(4);
  if (dx == nullptr || !call->ok()) return;
  const size_t width = weight.count(), count = dy.count();
  call->Require(width > 0 && dy.size(-1) == width && normalized.count() == count && inverse.count() * width == count &&
                    (rule.adds == 0 || residual.count() == count),
                "gradient of a norm takes dy and normalized rows [.., E], divisors [.., 1], a weight [E]");
  if (!call->ok()) return;
  const NormalizeGradPass pass = {dy.data<float>(),
                                  normalized.data<float>(),
                                  inverse.data<float>(),
                                  weight.data<float>(),
                                  rule.adds == 0 ? nullptr : residual.data<float>(),
                                  dx,
                                  width,
                                  rule.offset};
  SharePass(pass, count / width, width);
}

}  // namespace medtune
