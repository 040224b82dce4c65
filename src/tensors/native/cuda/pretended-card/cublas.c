// A cuBLAS (libcublas.so.12) whose products do nothing: TensorFlow only needs a handle that is not null.
#include <stdlib.h>

int cublasCreate_v2(void **handle) { *handle = calloc(1, 64); return 0; }
int cublasGetVersion_v2(void *handle, int *version) { *version = 120900; return 0; }
