// One pass over many rows, on all processors and with the widest vectors they have.
#ifndef MEDTUNE_SHARE_PASSES_H_
#define MEDTUNE_SHARE_PASSES_H_

#include "row-kernels.h"
#include "row-workers.h"
#include "wide-lanes.h"

namespace medtune {

// `Pass::Run<lanes>(begin, end)` is always inlined: each of these holds a copy of it for its instructions.
template <typename Pass>
void RunPortable(void *pass, size_t begin, size_t end) {
  static_cast<const Pass *>(pass)->template Run<4>(begin, end);
}

#if defined(__x86_64__)
template <typename Pass>
__attribute__((target("avx2,fma"))) void RunAvx2(void *pass, size_t begin, size_t end) {
  static_cast<const Pass *>(pass)->template Run<8>(begin, end);
}

template <typename Pass>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))) void RunAvx512(void *pass, size_t begin, size_t end) {
  static_cast<const Pass *>(pass)->template Run<16>(begin, end);
}
#endif

// Rows of about this many numbers are one thread's at a time.
constexpr size_t kNumbersAtATime = 1 << 14;

// @param width numbers of a row
template <typename Pass>
void SharePass(Pass pass, size_t rows, size_t width) {
  void (*run)(void *, size_t, size_t) = RunPortable<Pass>;
#if defined(__x86_64__)
  static const Vectors vectors = VectorsOfProcessor();
  if (vectors == Vectors::kAvx512) run = RunAvx512<Pass>;
  if (vectors == Vectors::kAvx2) run = RunAvx2<Pass>;
#endif
  const size_t grain = kNumbersAtATime / (width == 0 ? 1 : width);
  ShareRows(rows, grain == 0 ? 1 : grain, run, &pass);
}

}  // namespace medtune

#endif  // MEDTUNE_SHARE_PASSES_H_
