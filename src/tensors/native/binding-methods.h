// Methods that medtune adds to the tfjs-node binding (see binding-methods.cc).
#ifndef MEDTUNE_BINDING_METHODS_H_
#define MEDTUNE_BINDING_METHODS_H_

#include <node_api.h>

namespace tfnodejs {

// Defines the methods on the module's exports. On failure a JS exception is pending.
void DefineMedtuneMethods(napi_env env, napi_value exports);

}  // namespace tfnodejs

#endif  // MEDTUNE_BINDING_METHODS_H_
