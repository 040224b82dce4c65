// A cuDNN (libcudnn.so.9) that computes nothing: XLA asks for a handle and a version before it compiles anything.
#include <stdlib.h>

int cudnnCreate(void **handle) { *handle = calloc(1, 64); return *handle == NULL; }
size_t cudnnGetVersion(void) { return 91000; }
int cudnnGetProperty(int which, int *value) { *value = which == 0 ? 9 : which == 1 ? 10 : 0; return 0; }

// Operation graphs can be described, but no engine computes one: a question for engines has no answers.
#include <stdint.h>
int cudnnBackendCreateDescriptor(int type, void **descriptor) { *descriptor = calloc(1, 64); return *descriptor == NULL; }
int cudnnBackendGetAttribute(void *descriptor, int name, int type, int64_t room, int64_t *count, void *values) {
  if (count != NULL) *count = 0;
  return 0;
}
