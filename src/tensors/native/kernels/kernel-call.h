// One call of a kernel of our own, as TensorFlow's C interface makes it.
#ifndef MEDTUNE_KERNEL_CALL_H_
#define MEDTUNE_KERNEL_CALL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "row-kernels.h"
#include "tensorflow/c/c_api.h"

// TensorFlow's C interface for kernels. Its headers are not in every TensorFlow archive, nor every function in every
// library: those found missing at load time are null, and nothing is registered.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
struct TF_OpDefinitionBuilder;
struct TF_ShapeInferenceContext;
#define MEDTUNE_WEAK __attribute__((weak))
MEDTUNE_WEAK TF_OpDefinitionBuilder *TF_NewOpDefinitionBuilder(const char *name);
MEDTUNE_WEAK void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder *builder, const char *spec);
MEDTUNE_WEAK void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder *builder, const char *spec);
MEDTUNE_WEAK void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder *builder, const char *spec);
MEDTUNE_WEAK void TF_OpDefinitionBuilderSetIsStateful(TF_OpDefinitionBuilder *builder, bool is_stateful);
MEDTUNE_WEAK void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder *builder,
                                                                  void (*infer)(TF_ShapeInferenceContext *,
                                                                                TF_Status *));
MEDTUNE_WEAK void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext *context, TF_Status *status);
MEDTUNE_WEAK void TF_RegisterOpDefinition(TF_OpDefinitionBuilder *builder, TF_Status *status);
MEDTUNE_WEAK TF_KernelBuilder *TF_NewKernelBuilder(const char *op_name, const char *device_name,
                                                   void *(*create)(TF_OpKernelConstruction *),
                                                   void (*compute)(void *, TF_OpKernelContext *),
                                                   void (*destroy)(void *));
MEDTUNE_WEAK void TF_RegisterKernelBuilder(const char *name, TF_KernelBuilder *builder, TF_Status *status);
MEDTUNE_WEAK void TF_OpKernelConstruction_GetAttrType(TF_OpKernelConstruction *context, const char *name,
                                                      TF_DataType *value, TF_Status *status);
MEDTUNE_WEAK void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction *context, const char *name,
                                                       int64_t *value, TF_Status *status);
MEDTUNE_WEAK void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction *context, const char *name,
                                                       float *value, TF_Status *status);
MEDTUNE_WEAK void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *context, TF_Status *status);
MEDTUNE_WEAK void TF_OpKernelContext_Failure(TF_OpKernelContext *context, TF_Status *status);
MEDTUNE_WEAK void TF_GetInput(TF_OpKernelContext *context, int index, TF_Tensor **tensor, TF_Status *status);
MEDTUNE_WEAK TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *context, int index, TF_DataType dtype,
                                          const int64_t *dims, int rank, size_t bytes, TF_Status *status);
MEDTUNE_WEAK TF_Tensor *TF_ForwardInputOrAllocateOutput(TF_OpKernelContext *context, const int *candidates, int count,
                                                        int index, const int64_t *dims, int rank, int *forwarded,
                                                        TF_Status *status);
}

namespace medtune {

struct StatusDeleter {
  void operator()(TF_Status *status) const { TF_DeleteStatus(status); }
};
struct TensorDeleter {
  void operator()(TF_Tensor *tensor) const { TF_DeleteTensor(tensor); }
};

// One call of a kernel. The first failure is what TensorFlow reports; whoever sees `ok()` false leaves.
class Call {
 public:
  explicit Call(TF_OpKernelContext *context) : context_(context), status_(TF_NewStatus()) {}

  bool ok() const { return TF_GetCode(status_.get()) == TF_OK; }

  void Require(bool condition, const char *rule) {
    if (ok() && !condition) Fail(rule);
  }

  class Input {
   public:
    int rank() const { return TF_NumDims(tensor_.get()); }
    // Negative axes count from the last; 1 where there is no such axis.
    size_t size(int axis) const {
      const int index = axis < 0 ? rank() + axis : axis;
      return index < 0 || index >= rank() ? 1 : static_cast<size_t>(TF_Dim(tensor_.get(), index));
    }
    std::vector<int64_t> shape() const {
      std::vector<int64_t> sizes;
      for (int axis = 0; axis < rank(); axis++) sizes.push_back(static_cast<int64_t>(size(axis)));
      return sizes;
    }
    size_t count() const { return static_cast<size_t>(TF_TensorElementCount(tensor_.get())); }
    TF_DataType dtype() const { return TF_TensorType(tensor_.get()); }
    template <typename T>
    T *data() const {
      return static_cast<T *>(TF_TensorData(tensor_.get()));
    }

   private:
    friend class Call;
    std::unique_ptr<TF_Tensor, TensorDeleter> tensor_;
  };

  Input Get(int index) {
    TF_Tensor *tensor = nullptr;
    if (ok()) TF_GetInput(context_, index, &tensor, status_.get());
    Report();
    Input input;
    input.tensor_.reset(tensor);
    return input;
  }

  void *Allocate(TF_DataType dtype, const std::vector<int64_t> &shape) { return Allocate(0, dtype, shape); }

  // Null where it fails; the memory lives as long as the call.
  void *Allocate(int index, TF_DataType dtype, const std::vector<int64_t> &shape) {
    size_t bytes = TF_DataTypeSize(dtype);
    for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
    if (!ok()) return nullptr;
    outputs_.emplace_back(TF_AllocateOutput(context_, index, dtype, shape.data(), static_cast<int>(shape.size()),
                                            bytes, status_.get()));
    Report();
    return ok() ? TF_TensorData(outputs_.back().get()) : nullptr;
  }

  // The memory of an input of the output's dtype where nobody else looks at it, else new memory. No handle to the input
  // may be open.
  void *Reuse(int input, int index, const std::vector<int64_t> &shape) {
    int reused = -1;
    if (!ok()) return nullptr;
    outputs_.emplace_back(TF_ForwardInputOrAllocateOutput(context_, &input, 1, index, shape.data(),
                                                          static_cast<int>(shape.size()), &reused, status_.get()));
    Report();
    return ok() ? TF_TensorData(outputs_.back().get()) : nullptr;
  }

 private:
  void Fail(const char *rule) {
    TF_SetStatus(status_.get(), TF_INVALID_ARGUMENT, rule);
    Report();
  }

  void Report() {
    if (ok() || reported_) return;
    reported_ = true;
    TF_OpKernelContext_Failure(context_, status_.get());
  }

  TF_OpKernelContext *const context_;
  std::unique_ptr<TF_Status, StatusDeleter> status_;
  std::vector<std::unique_ptr<TF_Tensor, TensorDeleter>> outputs_;
  bool reported_ = false;
};

// Numbers of the two dtypes.
inline float ReadAs(TF_DataType dtype, const void *data, size_t index) {
  return dtype == TF_FLOAT ? static_cast<const float *>(data)[index]
                           : FromBfloat16(static_cast<const uint16_t *>(data)[index]);
}

inline void WriteAs(TF_DataType dtype, void *data, size_t index, float value) {
  if (dtype == TF_FLOAT)
    static_cast<float *>(data)[index] = value;
  else
    static_cast<uint16_t *>(data)[index] = ToBfloat16(value);
}

}  // namespace medtune

#endif  // MEDTUNE_KERNEL_CALL_H_
