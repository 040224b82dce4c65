// A CUDA runtime library (libcudart.so.12) over driver.c: the real one refuses a driver without NVIDIA's unnamed tables.
// Every entry point that is not here returns success and does nothing.
#include <stddef.h>

int cuLaunchKernel(void);

int cudaGetDevice(int *device) { *device = 0; return 0; }
int cudaGetDeviceCount(int *count) { *count = 1; return 0; }
int cudaDriverGetVersion(int *version) { *version = 13000; return 0; }
int cudaRuntimeGetVersion(int *version) { *version = 12090; return 0; }
int cuDeviceGetAttribute(int *value, int attribute);
int cudaDeviceGetAttribute(int *value, int attribute) { return cuDeviceGetAttribute(value, attribute); }
int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { *blocks = 1; return 0; }
int cudaLaunchKernel(void) { return cuLaunchKernel(); }

// Launch sizes are computed from it: no threads would be a division by zero.
struct functionAttributes {
  size_t sharedBytes, constantBytes, localBytes;
  int maxThreadsPerBlock, registers, ptxVersion, binaryVersion;
};
int cudaFuncGetAttributes(struct functionAttributes *attributes) {
  *attributes = (struct functionAttributes){.maxThreadsPerBlock = 1024, .registers = 32, .ptxVersion = 90, .binaryVersion = 90};
  return 0;
}

static const char *pretended(void) { return "pretended"; }
const char *cudaGetErrorName(int code) { return pretended(); }
const char *cudaGetErrorString(int code) { return pretended(); }

// What `kernel<<<grid, block>>>` compiles to.
void **__cudaRegisterFatBinary(void) { static void *handle; return &handle; }
