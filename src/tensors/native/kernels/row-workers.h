// Threads that share the rows of one product after another. TensorFlow's own pool is not reachable from kernels that are
// registered through its C interface.
#ifndef MEDTUNE_ROW_WORKERS_H_
#define MEDTUNE_ROW_WORKERS_H_

#include <cstddef>

namespace medtune {

// Calls body(context, begin, end) for stretches that cover 0 … total, none but the last shorter than `grain`, on all
// processors of this process (fewer with TF_NUM_INTRAOP_THREADS); returns when all are done. Calls from several threads
// take turns.
void ShareRows(size_t total, size_t grain, void (*body)(void *context, size_t begin, size_t end), void *context);

template <typename Body>
void ShareRows(size_t total, size_t grain, Body &&body) {
  ShareRows(
      total, grain, [](void *context, size_t begin, size_t end) { (*static_cast<Body *>(context))(begin, end); },
      &body);
}

// Rows of a weight that one thread takes at least, and the most that one buffer of results holds.
constexpr size_t kStretchBytes = 1 << 16;
constexpr size_t kMostStretchRows = 256;

inline size_t StretchRows(size_t row_bytes) {
  const size_t rows = kStretchBytes / (row_bytes == 0 ? 1 : row_bytes);
  return rows < 1 ? 1 : rows < kMostStretchRows ? rows : kMostStretchRows;
}

}  // namespace medtune

#endif  // MEDTUNE_ROW_WORKERS_H_
