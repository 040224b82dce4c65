// Methods that medtune adds to the tfjs-node binding. They are compiled together with its sources and reach the
// private handle map of TFJSBackend as its friend.
//
//   addFunction(name, graphDef: Uint8Array, inputs: string[], outputs: string[], compile: boolean)
//       registers a graph as a function that executeOp() then calls by its name, on device handles; compiled: by XLA,
//       into one executable per shapes of its inputs, at its first call
//   removeFunction(name)
//   uploadTensor(shape: number[], dtype: number, bytes: Uint8Array): number
//       copies raw bytes of any fixed-size dtype; the stock createTensor shares the JavaScript array instead, so that
//       a later write to the array would change the tensor, and knows fewer dtypes
//   downloadTensor(id): ArrayBuffer
//       raw bytes of any fixed-size dtype
//   tensorDevice(id): string
//       where its memory is, as TensorFlow names devices: "/job:localhost/replica:0/task:0/device:GPU:0"
//   setQuiet()
//       keeps TensorFlow's own log lines off standard error; what matters arrives as an exception

#include "binding-methods.h"

#include "few-row-ops.h"
#include "many-row-ops.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"
#include "tf_auto_status.h"
#include "tf_auto_tensor.h"
#include "tfjs_backend.h"
#include "utils.h"

// Not part of the C API, and missing from older releases.
#if __has_include("absl/log/globals.h")
#include "absl/log/globals.h"
#define MEDTUNE_HAS_ABSL_LOG 1
#endif

namespace tfnodejs {

class MedtuneMethods {
 public:
  static void AddFunction(napi_env env, TFJSBackend *backend, napi_value *args);
  static void RemoveFunction(napi_env env, TFJSBackend *backend, napi_value *args);
  static napi_value Upload(napi_env env, TFJSBackend *backend, napi_value *args);
  static napi_value Download(napi_env env, TFJSBackend *backend, napi_value *args);
  static napi_value TensorDevice(napi_env env, TFJSBackend *backend, napi_value *args);
};

// "node:1" → output 1 of operation "node".
static bool FindOutputs(napi_env env, TF_Graph *graph, napi_value names, std::vector<TF_Output> *result) {
  uint32_t length;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_array_length(env, names, &length), false);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    std::string name;
    ENSURE_NAPI_OK_RETVAL(env, napi_get_element(env, names, i, &element), false);
    ENSURE_NAPI_OK_RETVAL(env, GetStringParam(env, element, name), false);
    const size_t colon = name.find(':');
    TF_Operation *operation = TF_GraphOperationByName(graph, name.substr(0, colon).c_str());
    const int index = colon == std::string::npos ? 0 : std::atoi(name.c_str() + colon + 1);
    if (operation == nullptr || index < 0 || index >= TF_OperationNumOutputs(operation)) {
      NAPI_THROW_ERROR(env, "The graph has no output %s", name.c_str());
      return false;
    }
    result->push_back({operation, index});
  }
  return true;
}

void MedtuneMethods::AddFunction(napi_env env, TFJSBackend *backend, napi_value *args) {
  std::string name;
  size_t length;
  void *data;
  ENSURE_NAPI_OK(env, GetStringParam(env, args[0], name));
  ENSURE_NAPI_OK(env, napi_get_typedarray_info(env, args[1], nullptr, &length, &data, nullptr, nullptr));

  TF_AutoStatus status;
  std::unique_ptr<TF_Graph, decltype(&TF_DeleteGraph)> graph(TF_NewGraph(), TF_DeleteGraph);
  std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> graph_def(TF_NewBufferFromString(data, length),
                                                                   TF_DeleteBuffer);
  std::unique_ptr<TF_ImportGraphDefOptions, decltype(&TF_DeleteImportGraphDefOptions)> options(
      TF_NewImportGraphDefOptions(), TF_DeleteImportGraphDefOptions);
  TF_GraphImportGraphDef(graph.get(), graph_def.get(), options.get(), status.status);
  ENSURE_TF_OK(env, status);

  std::vector<TF_Output> inputs, outputs;
  if (!FindOutputs(env, graph.get(), args[2], &inputs) || !FindOutputs(env, graph.get(), args[3], &outputs)) return;
  std::unique_ptr<TF_Function, decltype(&TF_DeleteFunction)> function(
      TF_GraphToFunction(graph.get(), name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()), inputs.data(),
                         static_cast<int>(outputs.size()), outputs.data(), nullptr, nullptr, nullptr, status.status),
      TF_DeleteFunction);
  ENSURE_TF_OK(env, status);
  bool compile;
  ENSURE_NAPI_OK(env, napi_get_value_bool(env, args[4], &compile));
  if (compile) {
    // An AttrValue message: field 5 (b) = true.
    const char yes[] = {0x28, 0x01};
    TF_FunctionSetAttrValueProto(function.get(), "_XlaMustCompile", yes, sizeof yes, status.status);
    ENSURE_TF_OK(env, status);
  }
  TFE_ContextAddFunction(backend->tfe_context_, function.get(), status.status);
  ENSURE_TF_OK(env, status);
}

void MedtuneMethods::RemoveFunction(napi_env env, TFJSBackend *backend, napi_value *args) {
  std::string name;
  ENSURE_NAPI_OK(env, GetStringParam(env, args[0], name));
  TF_AutoStatus status;
  TFE_ContextRemoveFunction(backend->tfe_context_, name.c_str(), status.status);
  ENSURE_TF_OK(env, status);
}

napi_value MedtuneMethods::Upload(napi_env env, TFJSBackend *backend, napi_value *args) {
  std::vector<int64_t> shape;
  ExtractArrayShape(env, args[0], &shape);
  if (IsExceptionPending(env)) return nullptr;
  int32_t dtype_number;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_value_int32(env, args[1], &dtype_number), nullptr);
  const TF_DataType dtype = static_cast<TF_DataType>(dtype_number);
  napi_typedarray_type array_type;
  size_t byte_length;
  void *data;
  ENSURE_NAPI_OK_RETVAL(
      env, napi_get_typedarray_info(env, args[2], &array_type, &byte_length, &data, nullptr, nullptr), nullptr);

  size_t expected = TF_DataTypeSize(dtype);
  for (const int64_t size : shape) expected *= static_cast<size_t>(size);
  if (array_type != napi_uint8_array || TF_DataTypeSize(dtype) == 0 || expected != byte_length) {
    NAPI_THROW_ERROR(env, "uploadTensor takes a Uint8Array of %zu bytes; got %zu", expected, byte_length);
    return nullptr;
  }
  TF_AutoTensor tensor(TF_AllocateTensor(dtype, shape.data(), static_cast<int>(shape.size()), byte_length));
  void *target = tensor.tensor == nullptr ? nullptr : TF_TensorData(tensor.tensor);
  if (target == nullptr && byte_length > 0) {
    NAPI_THROW_ERROR(env, "OOM when allocating a tensor of %zu bytes", byte_length);
    return nullptr;
  }
  if (byte_length > 0) std::memcpy(target, data, byte_length);

  TF_AutoStatus status;
  TFE_TensorHandle *handle = TFE_NewTensorHandle(tensor.tensor, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  // Most GPU kernels expect int32 (shapes, axes, indices) in host memory, as the stock createTensor arranges it.
  if (backend->is_gpu_device && dtype != TF_INT32) {
    TFE_TensorHandle *on_device = TFE_TensorHandleCopyToDevice(handle, backend->tfe_context_,
                                                               backend->device_name.c_str(), status.status);
    TFE_DeleteTensorHandle(handle);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    handle = on_device;
  }
  napi_value id;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_int32(env, backend->InsertHandle(handle), &id), nullptr);
  return id;
}

napi_value MedtuneMethods::Download(napi_env env, TFJSBackend *backend, napi_value *args) {
  int32_t id;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_value_int32(env, args[0], &id), nullptr);
  const auto entry = backend->tfe_handle_map_.find(id);
  if (entry == backend->tfe_handle_map_.end()) {
    NAPI_THROW_ERROR(env, "downloadTensor: there is no tensor %d", id);
    return nullptr;
  }
  TF_AutoStatus status;
  TF_AutoTensor tensor(TFE_TensorHandleResolve(entry->second, status.status));
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  if (TF_DataTypeSize(TF_TensorType(tensor.tensor)) == 0) {
    NAPI_THROW_ERROR(env, "downloadTensor: dtype %d has no fixed size", TF_TensorType(tensor.tensor));
    return nullptr;
  }
  const size_t byte_length = TF_TensorByteSize(tensor.tensor);
  napi_value buffer;
  void *target;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_arraybuffer(env, byte_length, &target, &buffer), nullptr);
  if (byte_length > 0) std::memcpy(target, TF_TensorData(tensor.tensor), byte_length);
  return buffer;
}

napi_value MedtuneMethods::TensorDevice(napi_env env, TFJSBackend *backend, napi_value *args) {
  int32_t id;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_value_int32(env, args[0], &id), nullptr);
  const auto entry = backend->tfe_handle_map_.find(id);
  if (entry == backend->tfe_handle_map_.end()) {
    NAPI_THROW_ERROR(env, "tensorDevice: there is no tensor %d", id);
    return nullptr;
  }
  TF_AutoStatus status;
  const char *device = TFE_TensorHandleBackingDeviceName(entry->second, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  napi_value name;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_string_utf8(env, device, NAPI_AUTO_LENGTH, &name), nullptr);
  return name;
}

static napi_value SetQuiet(napi_env, napi_callback_info) {
#ifdef MEDTUNE_HAS_ABSL_LOG
  absl::SetMinLogLevel(absl::LogSeverityAtLeast::kFatal);
#endif
  return nullptr;
}

// The arguments of a call and the backend of this environment; false with an exception pending.
template <size_t Count>
static bool ReadCall(napi_env env, napi_callback_info info, napi_value (&args)[Count], TFJSBackend **backend) {
  size_t count = Count;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, args, nullptr, nullptr), false);
  if (count < Count) {
    NAPI_THROW_ERROR(env, "%zu arguments expected, %zu given", Count, count);
    return false;
  }
  ENSURE_NAPI_OK_RETVAL(env, napi_get_instance_data(env, reinterpret_cast<void **>(backend)), false);
  return true;
}

template <size_t Count, void (*method)(napi_env, TFJSBackend *, napi_value *)>
static napi_value Call(napi_env env, napi_callback_info info) {
  napi_value args[Count];
  TFJSBackend *backend;
  if (ReadCall(env, info, args, &backend)) method(env, backend, args);
  return nullptr;
}

template <size_t Count, napi_value (*method)(napi_env, TFJSBackend *, napi_value *)>
static napi_value CallForResult(napi_env env, napi_callback_info info) {
  napi_value args[Count];
  TFJSBackend *backend;
  return ReadCall(env, info, args, &backend) ? method(env, backend, args) : nullptr;
}

void DefineMedtuneMethods(napi_env env, napi_value exports) {
  medtune::RegisterFewRowOps();
  medtune::RegisterManyRowOps();
  const napi_property_descriptor methods[] = {
      {"addFunction", nullptr, Call<5, MedtuneMethods::AddFunction>, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"removeFunction", nullptr, Call<1, MedtuneMethods::RemoveFunction>, nullptr, nullptr, nullptr, napi_default,
       nullptr},
      {"uploadTensor", nullptr, CallForResult<3, MedtuneMethods::Upload>, nullptr, nullptr, nullptr, napi_default,
       nullptr},
      {"downloadTensor", nullptr, CallForResult<1, MedtuneMethods::Download>, nullptr, nullptr, nullptr, napi_default,
       nullptr},
      {"tensorDevice", nullptr, CallForResult<1, MedtuneMethods::TensorDevice>, nullptr, nullptr, nullptr, napi_default,
       nullptr},
      {"setQuiet", nullptr, SetQuiet, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  ENSURE_NAPI_OK(env, napi_define_properties(env, exports, ARRAY_SIZE(methods), methods));
}

}  // namespace tfnodejs
