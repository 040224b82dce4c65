// A CUDA driver (libcuda.so.1) that claims one card of compute capability 9.0 and computes nothing: kernels do not run,
// memory of the card is memory of the process, copies are counted, and what is read back is zero. With it TensorFlow starts its
// device GPU:0 on any machine, so that placement, start-up and messages can be tested; numbers cannot.
// Every entry point that is not here returns success and does nothing (zeros.c, written by pretended-card.fixture.ts).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { success = 0, outOfMemory = 2 };

// Read by the test while the process runs: PRETENDED_CARD_COUNTERS names the file.
struct counters {
  uint64_t toDevice, toHost, launches;
};

static struct counters *counters(void) {
  static struct counters unread, *shared = NULL;
  if (shared != NULL) return shared;
  const char *name = getenv("PRETENDED_CARD_COUNTERS");
  const int file = name == NULL ? -1 : open(name, O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof *shared) != 0) return shared = &unread;
  void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return shared = memory == MAP_FAILED ? &unread : memory;
}

static __thread void *current;
static const size_t cardBytes = 80ull << 30;

int cuDriverGetVersion(int *version) { *version = 13000; return success; }
int cuDeviceGetCount(int *count) { *count = 1; return success; }
int cuDeviceGet(int *device, int index) { *device = index; return success; }
int cuDeviceGetName(char *name, int length) { strncpy(name, "Pretended card", length); return success; }
int cuDeviceGetPCIBusId(char *id, int length) { strncpy(id, "0000:01:00.0", length); return success; }
int cuDeviceGetUuid(char *uuid) { memset(uuid, 1, 16); return success; }
int cuDeviceGetUuid_v2(char *uuid) { memset(uuid, 1, 16); return success; }
int cuDeviceTotalMem(size_t *bytes) { *bytes = cardBytes; return success; }
int cuDeviceTotalMem_v2(size_t *bytes) { *bytes = cardBytes; return success; }

// The attributes TensorFlow sizes its work by, of an H100; others are zero.
int cuDeviceGetAttribute(int *value, int attribute) {
  static const int known[][2] = {
      {1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {9, 65536},
      {10, 32}, {12, 65536}, {13, 1980000}, {16, 132}, {36, 2619000}, {37, 5120}, {38, 52428800}, {39, 2048},
      {75, 9}, {76, 0}, {81, 233472}, {82, 65536}, {97, 232448}, {106, 32}};
  *value = 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i][0] == attribute) *value = known[i][1];
  return success;
}

int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) { *flags = 0; *active = 1; return success; }
int cuDevicePrimaryCtxRetain(void **context) { *context = (void *)0x1000; return success; }
int cuCtxGetCurrent(void **context) { *context = current; return success; }
int cuCtxSetCurrent(void *context) { current = context; return success; }
int cuCtxPushCurrent_v2(void *context) { current = context; return success; }
int cuCtxGetDevice(int *device) { *device = 0; return success; }
int cuCtxGetStreamPriorityRange(int *least, int *greatest) { *least = 0; *greatest = -5; return success; }

int cuGetErrorName(int code, const char **name) { *name = "PRETENDED"; return success; }
int cuGetErrorString(int code, const char **text) { *text = "pretended"; return success; }

static void *entryPoint(const char *name) {
  static void *self;
  if (self == NULL) self = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  char versioned[256];
  snprintf(versioned, sizeof versioned, "%s_v2", name);
  void *found = dlsym(self, versioned);
  return found == NULL ? dlsym(self, name) : found;
}

static int nothing(void) { return success; }

// Tables of entry points without names, which the runtime library asks for: their size in bytes, then functions.
int cuGetExportTable(const void **table) {
  static void *entries[128];
  entries[0] = (void *)sizeof entries;
  for (size_t i = 1; i < sizeof entries / sizeof *entries; i++) entries[i] = nothing;
  *table = entries;
  return success;
}

// The runtime library refuses to start when any entry point is missing, those it never calls included.
int cuGetProcAddress_v2(const char *name, void **entry, int version, uint64_t flags, int *status) {
  *entry = entryPoint(name);
  if (*entry == NULL) *entry = nothing;
  if (status != NULL) *status = 0;
  return success;
}
int cuGetProcAddress(const char *name, void **entry, int version, uint64_t flags) {
  return cuGetProcAddress_v2(name, entry, version, flags, NULL);
}

static int allocate(void **memory, size_t bytes) {
  *memory = bytes > cardBytes ? NULL : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return *memory == NULL || *memory == MAP_FAILED ? outOfMemory : success;
}
int cuMemAlloc_v2(void **memory, size_t bytes) { return allocate(memory, bytes); }
int cuMemHostAlloc(void **memory, size_t bytes) { return allocate(memory, bytes); }
int cuMemGetInfo_v2(size_t *free, size_t *total) { *free = cardBytes - (1ull << 30); *total = cardBytes; return success; }
int cuPointerGetAttribute(void) { return 1; }

static int copy(void *to, const void *from, size_t bytes, uint64_t *counter) {
  if (counter != NULL) *counter += bytes;
  memcpy(to, from, bytes);
  return success;
}
int cuMemcpyHtoD_v2(void *to, void *from, size_t bytes) { return copy(to, from, bytes, &counters()->toDevice); }
int cuMemcpyHtoDAsync_v2(void *to, void *from, size_t bytes) { return copy(to, from, bytes, &counters()->toDevice); }
// Zeros come back: what lies in memory that no kernel wrote may read as a loss that is not finite.
static int readBack(void *to, size_t bytes) {
  counters()->toHost += bytes;
  memset(to, 0, bytes);
  return success;
}
int cuMemcpyDtoH_v2(void *to, void *from, size_t bytes) { return readBack(to, bytes); }
int cuMemcpyDtoHAsync_v2(void *to, void *from, size_t bytes) { return readBack(to, bytes); }
int cuMemcpyDtoD_v2(void *to, void *from, size_t bytes) { return copy(to, from, bytes, NULL); }
int cuMemcpyDtoDAsync_v2(void *to, void *from, size_t bytes) { return copy(to, from, bytes, NULL); }
int cuMemcpy(void *to, void *from, size_t bytes) { return copy(to, from, bytes, NULL); }
int cuMemcpyAsync(void *to, void *from, size_t bytes) { return copy(to, from, bytes, NULL); }
int cuMemsetD8_v2(void *to, unsigned char value, size_t count) { memset(to, value, count); return success; }
int cuMemsetD8Async(void *to, unsigned char value, size_t count) { memset(to, value, count); return success; }
int cuMemsetD32_v2(uint32_t *to, uint32_t value, size_t count) { while (count-- > 0) *to++ = value; return success; }
int cuMemsetD32Async(uint32_t *to, uint32_t value, size_t count) { return cuMemsetD32_v2(to, value, count); }

static int makeHandle(void **handle) { *handle = calloc(1, 64); return *handle == NULL ? outOfMemory : success; }
int cuStreamCreate(void **stream) { return makeHandle(stream); }
int cuStreamCreateWithPriority(void **stream) { return makeHandle(stream); }
int cuEventCreate(void **event) { return makeHandle(event); }
int cuModuleLoadData(void **module) { return makeHandle(module); }
int cuModuleLoadDataEx(void **module) { return makeHandle(module); }
int cuModuleLoadFatBinary(void **module) { return makeHandle(module); }
int cuModuleGetFunction(void **function) { return makeHandle(function); }
int cuLibraryLoadData(void **library) { return makeHandle(library); }
int cuLibraryGetKernel(void **kernel) { return makeHandle(kernel); }
int cuKernelGetFunction(void **function) { return makeHandle(function); }
int cuGraphCreate(void **graph) { return makeHandle(graph); }
int cuGraphInstantiateWithFlags(void **executable) { return makeHandle(executable); }
int cuGraphInstantiateWithParams(void **executable) { return makeHandle(executable); }
int cuGraphAddKernelNode_v2(void **node) { return makeHandle(node); }
int cuGraphAddMemcpyNode(void **node) { return makeHandle(node); }
int cuGraphAddMemsetNode(void **node) { return makeHandle(node); }
int cuGraphAddEmptyNode(void **node) { return makeHandle(node); }
int cuGraphAddChildGraphNode(void **node) { return makeHandle(node); }
int cuGraphLaunch(void) { counters()->launches++; return success; }

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks) { *blocks = 1; return success; }
int cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks) { *blocks = 1; return success; }
int cuOccupancyMaxPotentialBlockSize(int *grid, int *block) { *grid = 132; *block = 256; return success; }

int cuLaunchKernel(void) { counters()->launches++; return success; }
int cuLaunchKernelEx(void) { counters()->launches++; return success; }
int cuLaunchHostFunc(void *stream, void (*callback)(void *), void *data) { callback(data); return success; }
int cuStreamAddCallback(void *stream, void (*callback)(void *, int, void *), void *data) { callback(stream, 0, data); return success; }
