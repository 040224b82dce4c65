// How operations of our own become known to TensorFlow.
#ifndef MEDTUNE_KERNEL_REGISTRATION_H_
#define MEDTUNE_KERNEL_REGISTRATION_H_

#include <memory>
#include <mutex>
#include <vector>

#include "kernel-call.h"

namespace medtune {

// Reads attributes while TensorFlow makes a kernel.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *context) : context_(context), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (TF_GetCode(status_.get()) != TF_OK) TF_OpKernelConstruction_Failure(context_, status_.get());
  }
  int64_t Int(const char *name) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(context_, name, &value, status_.get());
    return value;
  }
  float Float(const char *name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(context_, name, &value, status_.get());
    return value;
  }
  TF_DataType Type(const char *name) {
    TF_DataType value = TF_FLOAT;
    TF_OpKernelConstruction_GetAttrType(context_, name, &value, status_.get());
    return value;
  }
 private:
  TF_OpKernelConstruction *const context_;
  std::unique_ptr<TF_Status, StatusDeleter> status_;
};

template <typename Rule, void (*compute)(const Rule &, Call *)>
void Compute(void *rule, TF_OpKernelContext *context) {
  Call call(context);
  compute(*static_cast<const Rule *>(rule), &call);
}

template <typename Rule>
void Delete(void *rule) {
  delete static_cast<Rule *>(rule);
}

struct Definition {
  const char *name;
  std::vector<const char *> inputs;
  const char *output;
  std::vector<const char *> attributes;
  bool stateful;
  void *(*create)(TF_OpKernelConstruction *);
  void (*compute)(void *, TF_OpKernelContext *);
  void (*destroy)(void *);
  std::vector<const char *> more_outputs = {};
};

// Registers operations until the first that TensorFlow refuses; none where the library cannot take kernels.
void Register(const std::vector<Definition> &definitions);

template <std::vector<Definition> (*definitions)()>
void RegisterOnce() {
  static std::once_flag once;
  std::call_once(once, [] { Register(definitions()); });
}

}  // namespace medtune

#endif  // MEDTUNE_KERNEL_REGISTRATION_H_
