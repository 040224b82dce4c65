// TensorFlow operations of our own for the one or few rows of a decoded token, on the processor:
//
//   MedtuneRowProduct     x · wᵀ, float32 or bfloat16
//   MedtuneNf4Product     the same of a packed 4-bit weight
//   MedtuneNf4Decode      the dense matrix of one, for many rows
//   MedtuneStepAttention  rotation, cache and attention of one token
//   MedtuneDecodeLayers   all layers for one token
//   MedtuneNormRows       root mean square norm and its weight
//   MedtuneGatedUnit      gated activation
#ifndef MEDTUNE_FEW_ROW_OPS_H_
#define MEDTUNE_FEW_ROW_OPS_H_

namespace medtune {

// Registers them with TensorFlow once per process; does nothing where the library cannot take kernels.
void RegisterFewRowOps();

}  // namespace medtune

#endif  // MEDTUNE_FEW_ROW_OPS_H_
