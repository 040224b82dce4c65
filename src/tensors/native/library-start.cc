// A module of its own, loaded before the binding and TensorFlow with it.
//   mute(): undefined     standard error goes nowhere: TensorFlow's library logs a line from a static initializer,
//                         before anything could ask it not to
//   restore(): undefined  standard error is back
//   preload(file): string | undefined
//                         loads a library for the whole process, so that a later request for its soname finds it
//                         wherever it lies; returns what the dynamic loader objects to

#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

static int saved_stderr = -1;

static napi_value Mute(napi_env, napi_callback_info) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved_stderr < 0 && nowhere >= 0) {
    saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved_stderr >= 0) dup2(nowhere, STDERR_FILENO);
  }
  if (nowhere >= 0) close(nowhere);
  return nullptr;
}

static napi_value Restore(napi_env, napi_callback_info) {
  if (saved_stderr >= 0) {
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    saved_stderr = -1;
  }
  return nullptr;
}

static napi_value Preload(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  char file[4096];
  size_t length;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1 ||
      napi_get_value_string_utf8(env, argument, file, sizeof(file), &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "preload takes a path");
    return nullptr;
  }
  if (dlopen(file, RTLD_LAZY | RTLD_GLOBAL) != nullptr) return nullptr;
  napi_value problem;
  napi_create_string_utf8(env, dlerror(), NAPI_AUTO_LENGTH, &problem);
  return problem;
}

static napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"mute", nullptr, Mute, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"restore", nullptr, Restore, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"preload", nullptr, Preload, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 3, methods);
  return exports;
}

NAPI_MODULE(library_start, Init)
