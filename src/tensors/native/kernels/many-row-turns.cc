#include "many-row-rules.h"
#include "share-passes.h"

namespace medtune {

namespace {

// Pairs of floats as 64-bit numbers: the first of a pair in memory is the low half.
template <typename L>
static MEDTUNE_INLINE typename L::Wide SwapPairs(typename L::Wide x) {
  typedef typename L::Wide Wide;
  const auto pairs = reinterpret_cast<typename L::WidePairs>(x);
  return reinterpret_cast<Wide>((pairs >> 32) | (pairs << 32));
}

template <typename L>
static MEDTUNE_INLINE typename L::Wide FirstTwice(typename L::Wide x) {
  typedef typename L::Wide Wide;
  const auto pairs = reinterpret_cast<typename L::WidePairs>(x);
  return reinterpret_cast<Wide>((pairs & 0xffffffffu) | (pairs << 32));
}

template <typename L>
static MEDTUNE_INLINE typename L::Wide SecondTwice(typename L::Wide x) {
  typedef typename L::Wide Wide;
  const auto pairs = reinterpret_cast<typename L::WidePairs>(x);
  return reinterpret_cast<Wide>((pairs >> 32) | (pairs & ~static_cast<uint64_t>(0xffffffffu)));
}

template <typename In, typename Out>
struct TurnPass {
  const In *x;
  // cos and sin of each pair, [T, D / 2] or [B, T, D / 2].
  const float *turns;
  Out *y;
  size_t heads, batch, length, width;
  bool of_batch, by_token;

  template <size_t kWide>
  MEDTUNE_INLINE void Run(size_t begin, size_t end) const {
    typedef Lanes<kWide> L;
    typedef typename L::Wide Wide;
    // One row of x after another: [H, B, T].
    for (size_t row = begin; row < end; row++) {
      const size_t head = row / (batch * length), token = row % (batch * length);
      const float *pairs = turns + (of_batch ? token : token % length) * width;
      Out *to = y + (by_token ? token * heads + head : row) * width;
      for (size_t i = 0; i < width; i += kWide) {
        const size_t left = width - i;
        const Wide v = L::Load(x + row * width + i, left), turn = L::Load(pairs + i, left);
        // (x + iy)(c + is): x c − y s, y c + x s.
        typedef typename L::WidePairs WidePairs;
        const WidePairs minus = WidePairs{} + 0x80000000u;
        const Wide signed_sines = reinterpret_cast<Wide>(reinterpret_cast<WidePairs>(SecondTwice<L>(turn)) ^ minus);
        L::Store(to + i, left, v * FirstTwice<L>(turn) + SwapPairs<L>(v) * signed_sines);
      }
    }
  }
};

}  // namespace

// x [H, B, T, D], e^{iθ} complex64 [T, D / 2] or [B, T, D / 2] → rotated pairs, [H, B, T, D] or by token [B, T, H, D].
void TurnRows(const TurnRule &rule, Call *call) {
  const Call::Input x = call->Get(0), turns = call->Get(1);
  if (!call->ok()) return;
  const size_t heads = x.size(0), batch = x.size(1), length = x.size(2), width = x.size(3);
  const bool of_batch = turns.rank() == 3;
  call->Require(x.rank() == 4 && 2 * turns.count() == (of_batch ? batch : 1) * length * width,
                "rotation takes x [H, B, T, D] and turns [T, D / 2] or [B, T, D / 2]");
  if (!call->ok()) return;
  std::vector<int64_t> shape = x.shape();
  if (rule.by_token != 0) shape = {shape[1], shape[2], shape[0], shape[3]};
  void *y = call->Allocate(0, rule.dtype, shape);
  if (y == nullptr) return;
  WithTypes(x.dtype(), rule.dtype, [&](auto *in, auto *out) {
    typedef std::remove_pointer_t<decltype(in)> In;
    typedef std::remove_pointer_t<decltype(out)> Out;
    const TurnPass<In, Out> pass = {x.data<In>(), turns.data<float>(), static_cast<Out *>(y), heads, batch,
                                    length,       width,               of_batch,              rule.by_token != 0};
    SharePass(pass, heads * batch * length, width);
  });
}

}  // namespace medtune
