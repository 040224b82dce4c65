// Attention of one token over cached keys and values, head by head.
#ifndef MEDTUNE_STEP_ATTENTION_H_
#define MEDTUNE_STEP_ATTENTION_H_

#include "kernel-call.h"

namespace medtune {

// Turns consecutive pairs by complex numbers.
void Turn(const float *x, size_t size, const float *turns, float *y);

// What the heads of one token share.
struct HeadsStep {
  // H, K, D of queries and keys, D of values, C.
  size_t heads, groups, width, value_width, capacity;
  // The rows that the token sees; the last one is its own.
  size_t begin, end;
  float soft_cap;
  // Of the caches, [K, C, D].
  TF_DataType dtype;
  void *keys, *values;

  // Writes the token's own row. @param key turned, [D] @param value [D]
  void Cache(size_t group, const float *key, const float *value) const;
  // @param query turned, [D]; rounded here to the caches' dtype @param y [D], rounded to that dtype
  void Attend(size_t head, float *query, float *y) const;
};

// Reads the token's row and the first one it sees, int32 [2].
void ReadPlace(Call *call, const Call::Input &place, HeadsStep *step);

}  // namespace medtune

#endif  // MEDTUNE_STEP_ATTENTION_H_
