#include "many-row-rules.h"
#include "share-passes.h"

namespace medtune {

namespace {

// Numbers that are shared out together, whole vectors of every width.
constexpr size_t kGroup = 16;

// √(8/π): the tanh of GELU's approximation as a sigmoid.
constexpr float kGeluScale = 1.5957691216057308f, kGeluCubic = 0.044715f;

// σ(v(g)) with v(g) = g, or √(8/π) · (g + 0.044715 g³) for GELU.
template <typename L>
static MEDTUNE_INLINE typename L::Wide Sigmoid(typename L::Wide g, bool is_gelu) {
  const typename L::Wide v = is_gelu ? g * (g * g * (kGeluScale * kGeluCubic) + kGeluScale) : g;
  return 1.0f / (1.0f + L::Exp(-v));
}

template <typename In, typename Out>
struct GatePass {
  const In *gate, *up;
  Out *y;
  size_t count;
  bool is_gelu;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    for (size_t i = begin * kGroup; i < end * kGroup && i < count; i += kWide) {
      const Wide g = L::Load(gate + i, count - i), u = L::Load(up + i, count - i);
      L::Store(y + i, count - i, g * Sigmoid<L>(g, is_gelu) * u);
    }
  }
};

template <typename In, typename Gradient>
struct GateGradPass {
  const In *gate, *up;
  const Gradient *dy;
  In *dgate, *dup;
  size_t count;
  bool is_gelu;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    for (size_t i = begin * kGroup; i < end * kGroup && i < count; i += kWide) {
      const size_t left = count - i;
      const Wide g = L::Load(gate + i, left), d = L::Load(dy + i, left);
      const Wide sigmoid = Sigmoid<L>(g, is_gelu);
      Wide slope = Wide{} + 1.0f;
      if (is_gelu) slope = g * g * (3 * kGeluScale * kGeluCubic) + kGeluScale;
      const Wide dactive = d * L::Load(up + i, left);
      // The gradient's own memory may be dup's: it is read before.
      L::Store(dup + i, left, d * (g * sigmoid));
      L::Store(dgate + i, left, dactive * (sigmoid + g * sigmoid * (1.0f - sigmoid) * slope));
    }
  }
};

size_t GroupCount(size_t count) { return (count + kGroup - 1) / kGroup; }

}  // namespace

// gate and up of one shape → gate · σ(v(gate)) · up.
void GateRows(const GateRowsRule &rule, Call *call) {
  const Call::Input gate = call->Get(0), up = call->Get(1);
  if (!call->ok()) return;
  call->Require(gate.count() == up.count(), "gated unit takes a gate and an up of one shape");
  void *y = call->Allocate(0, rule.dtype, gate.shape());
  if (y == nullptr) return;
  WithTypes(gate.dtype(), rule.dtype, [&](auto *in, auto *out) {
    typedef std::remove_pointer_t<decltype(in)> In;
    typedef std::remove_pointer_t<decltype(out)> Out;
    const GatePass<In, Out> pass = {gate.data<In>(), up.data<In>(), static_cast<Out *>(y), gate.count(),
                                    rule.is_gelu != 0};
    SharePass(pass, GroupCount(gate.count()), kGroup);
  });
}

// gate, up and the gradient of their gated unit → gradients of both.
void GateRowsGrad(const GateRowsRule &rule, Call *call) {
  const Call::Input gate = call->Get(0), up = call->Get(1), dy = call->Get(2);
  if (!call->ok()) return;
  call->Require(gate.count() == up.count() && gate.count() == dy.count(),
                "gradient of a gated unit takes three tensors of one shape");
  void *dgate = call->Allocate(0, gate.dtype(), gate.shape());
  void *dup = call->Allocate(1, gate.dtype(), gate.shape());
  if (dgate == nullptr || dup == nullptr) return;
  WithTypes(gate.dtype(), dy.dtype(), [&](auto *in, auto *gradient) {
    typedef std::remove_pointer_t<decltype(in)> In;
    typedef std::remove_pointer_t<decltype(gradient)> Gradient;
    const GateGradPass<In, Gradient> pass = {gate.data<In>(),         up.data<In>(),          dy.data<Gradient>(),
                                             static_cast<In *>(dgate), static_cast<In *>(dup), gate.count(),
                                             rule.is_gelu != 0};
    SharePass(pass, GroupCount(gate.count()), kGroup);
  });
}

}  // namespace medtune
