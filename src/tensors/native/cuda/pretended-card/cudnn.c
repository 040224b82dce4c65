// A cuDNN (libcudnn.so.9) that computes nothing: XLA asks for a handle and a version before it compiles anything.
#include <stdlib.h>

int cudnnCreate(void **handle) { *handle = calloc(1, 64); return *handle == NULL; }
size_t cudnnGetVersion(void) { return 91000; }
int cudnnGetProperty(int which, int *value) { *value = which == 0 ? 9 : which == 1 ? 10 : 0; return 0; }
