// TensorFlow operations of our own for the many rows of training, on the processor: what lies between two products, in
// one pass over memory, in place where nobody else looks at an input, with the conversion to and from bfloat16.
//
//   MedtuneGateRows            gated activation
//   MedtuneGateRowsGrad        its gradients
//   MedtuneNormalizeRows       root mean square norm, with what its backward pass needs
//   MedtuneNormalizeRowsGrad   its gradient, with the residual's
//   MedtuneAttend              causal attention without a score matrix
//   MedtuneAttendGrad          its gradients
//   MedtuneCrossEntropy        losses of logits, which become their gradient
//   MedtuneTurnRows            rotary embedding and its gradient, by head or by token
//   MedtuneAddLowRank          a matrix plus a product of two thin ones
#ifndef MEDTUNE_MANY_ROW_OPS_H_
#define MEDTUNE_MANY_ROW_OPS_H_

namespace medtune {

// Registers them with TensorFlow once per process; does nothing where the library cannot take kernels.
void RegisterManyRowOps();

}  // namespace medtune

#endif  // MEDTUNE_MANY_ROW_OPS_H_
