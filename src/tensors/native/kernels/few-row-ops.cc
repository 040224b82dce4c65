#include "few-row-ops.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "row-kernels.h"
#include "row-workers.h"
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
}

namespace medtune {

namespace {

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

  void *Allocate(TF_DataType dtype, const std::vector<int64_t> &shape) {
    size_t bytes = TF_DataTypeSize(dtype);
    for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
    output_.reset(TF_AllocateOutput(context_, 0, dtype, shape.data(), static_cast<int>(shape.size()), bytes,
                                    status_.get()));
    Report();
    return ok() ? TF_TensorData(output_.get()) : nullptr;
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
  std::unique_ptr<TF_Tensor, TensorDeleter> output_;
  bool reported_ = false;
};

// ── numbers of the two dtypes ────────────────────────────────────────────────────────────────────────────────────

float ReadAs(TF_DataType dtype, const void *data, size_t index) {
  return dtype == TF_FLOAT ? static_cast<const float *>(data)[index]
                           : FromBfloat16(static_cast<const uint16_t *>(data)[index]);
}

void WriteAs(TF_DataType dtype, void *data, size_t index, float value) {
  if (dtype == TF_FLOAT)
    static_cast<float *>(data)[index] = value;
  else
    static_cast<uint16_t *>(data)[index] = ToBfloat16(value);
}

void Prepare(PreparedVector *vector, TF_DataType dtype, const void *data, size_t first, size_t size) {
  if (dtype == TF_FLOAT)
    vector->Set(static_cast<const float *>(data) + first, size);
  else
    vector->SetBfloat16(static_cast<const uint16_t *>(data) + first, size);
}

// ── products ─────────────────────────────────────────────────────────────────────────────────────────────────────

// Bytes of weights that one thread takes at a time.
constexpr size_t kStretchBytes = 1 << 16;
constexpr size_t kMostStretchRows = 256;

size_t StretchRows(size_t row_bytes) {
  const size_t rows = kStretchBytes / (row_bytes == 0 ? 1 : row_bytes);
  return rows < 1 ? 1 : rows < kMostStretchRows ? rows : kMostStretchRows;
}

// y [N, out], or [heads, N, out / heads], of N vectors and `out` rows of a weight.
// @param multiply (begin, end, vector, y): products of rows begin … end
template <typename Multiply>
void MultiplyRows(Call *call, const Call::Input &x, size_t out, size_t heads, size_t row_bytes, Multiply multiply) {
  const size_t count = x.size(0), width = out / heads;
  std::vector<int64_t> shape = {static_cast<int64_t>(count), static_cast<int64_t>(width)};
  if (heads > 1) shape.insert(shape.begin(), static_cast<int64_t>(heads));
  const TF_DataType dtype = x.dtype();
  void *y = call->Allocate(dtype, shape);
  if (y == nullptr) return;
  static thread_local std::vector<PreparedVector> vectors;
  if (vectors.size() < count) vectors.resize(count);
  const size_t size = x.size(1);
  for (size_t n = 0; n < count; n++) Prepare(&vectors[n], dtype, x.data<void>(), n * size, size);
  const PreparedVector *prepared = vectors.data();
  ShareRows(out, StretchRows(row_bytes), [&](size_t begin, size_t end) {
    float sums[kMostStretchRows];
    for (size_t from = begin; from < end; from += kMostStretchRows) {
      const size_t to = from + kMostStretchRows < end ? from + kMostStretchRows : end;
      for (size_t n = 0; n < count; n++) {
        multiply(from, to, prepared[n], sums);
        for (size_t row = from; row < to; row++)
          WriteAs(dtype, y, (row / width * count + n) * width + row % width, sums[row - from]);
      }
    }
  });
}

// x [N, in], w [out, in] or [heads, out / heads, in].
void RowProduct(Call *call) {
  const Call::Input x = call->Get(0), w = call->Get(1);
  if (!call->ok()) return;
  call->Require(x.rank() == 2 && (w.rank() == 2 || w.rank() == 3) && w.size(-1) == x.size(1),
                "row product takes x [N, in] and w [out, in] or [heads, out / heads, in]");
  if (!call->ok()) return;
  const size_t heads = w.rank() == 3 ? w.size(0) : 1;
  const size_t out = heads * w.size(-2);
  const size_t row_bytes = x.size(1) * TF_DataTypeSize(w.dtype());
  const RowKernels &kernels = BestRowKernels();
  MultiplyRows(call, x, out, heads, row_bytes, [&](size_t begin, size_t end, const PreparedVector &v, float *y) {
    if (w.dtype() == TF_FLOAT)
      kernels.multiply_float32(w.data<float>(), begin, end, v, y);
    else
      kernels.multiply_bfloat16(w.data<uint16_t>(), begin, end, v, y);
  });
}

struct Nf4Rule {
  int64_t out, heads, rounding, nested;
};

// A packed matrix among the inputs of a call, from index `first` on: packed uint8 [blocks, block size / 2], the two
// levels of each byte complex64 [256], rows int32 [out] (or none: the matrix's own order), then codes, their levels,
// maxima and offset: nested, uint8 [rows, codes a row], [256], [rows] and [1]; plain, maxima [blocks] alone.
class PackedInput {
 public:
  PackedInput(const Nf4Rule &rule, Call *call, int first)
      : packed_(call->Get(first)),
        pairs_(call->Get(first + 1)),
        rows_(call->Get(first + 2)),
        codes_(call->Get(first + 3)),
        code_levels_(call->Get(first + 4)),
        maxima_(call->Get(first + 5)),
        offset_(call->Get(first + 6)),
        out_(static_cast<size_t>(rule.out)) {
    if (!call->ok()) return;
    call->Require(packed_.rank() == 2 && pairs_.count() == 256 && rule.heads > 0 && rule.out % rule.heads == 0,
                  "4-bit matrix takes packed [blocks, bytes], 256 pairs of levels and whole heads");
    call->Require(rows_.count() == 0 || rows_.count() == out_, "4-bit matrix takes no row numbers or one for each row");
    const size_t blocks = packed_.size(0);
    matrix_.packed = packed_.data<uint8_t>();
    matrix_.block_size = 2 * packed_.size(-1);
    matrix_.rounding = static_cast<int>(rule.rounding);
    matrix_.maxima = maxima_.data<float>();
    if (rule.nested) {
      matrix_.codes = codes_.data<uint8_t>();
      matrix_.code_levels = code_levels_.data<float>();
      matrix_.row_maxima = maxima_.data<float>();
      matrix_.codes_per_row = codes_.size(-1);
      matrix_.offset = offset_.count() == 1 ? offset_.data<float>()[0] : 0;
      call->Require(code_levels_.count() == 256 && codes_.count() >= blocks && codes_.size(0) == maxima_.count() &&
                        offset_.count() == 1,
                    "4-bit matrix takes a code for every block, a maximum for every row of codes and one offset");
    } else {
      call->Require(maxima_.count() >= blocks, "4-bit matrix takes a maximum for every block");
    }
    for (size_t i = 0; call->ok() && i < rows_.count(); i++)
      call->Require(rows_.data<int32_t>()[i] >= 0 && static_cast<size_t>(rows_.data<int32_t>()[i]) < out_,
                    "4-bit matrix takes row numbers below out");
    // A byte below 16 has the first level in its high half and its own in the low one.
    for (int code = 0; call->ok() && code < 16; code++) matrix_.levels[code] = pairs_.data<float>()[2 * code + 1];
  }

  const Nf4Matrix &matrix() const { return matrix_; }
  size_t value_count() const { return packed_.size(0) * matrix_.block_size; }
  // Which stored row a row of the matrix is.
  size_t StoredRow(size_t row) const {
    return rows_.count() == 0 ? row : static_cast<size_t>(rows_.data<int32_t>()[row]);
  }

 private:
  const Call::Input packed_, pairs_, rows_, codes_, code_levels_, maxima_, offset_;
  const size_t out_;
  Nf4Matrix matrix_{};
};

// x [N, in], then a packed matrix.
void Nf4Product(const Nf4Rule &rule, Call *call) {
  const Call::Input x = call->Get(0);
  const PackedInput w(rule, call, 1);
  if (!call->ok()) return;
  const size_t size = x.size(1), out = static_cast<size_t>(rule.out);
  call->Require(x.rank() == 2 && w.value_count() >= out * size, "4-bit product takes x [N, in] and a block for every value");
  if (!call->ok()) return;
  const RowKernels &kernels = BestRowKernels();
  // Decoding costs more than reading: shorter stretches for the same time.
  const auto multiply = [&](size_t begin, size_t end, const PreparedVector &v, float *y) {
    for (size_t row = begin; row < end; row++)
      y[row - begin] = kernels.multiply_nf4(w.matrix(), w.StoredRow(row) * size, v);
  };
  MultiplyRows(call, x, out, static_cast<size_t>(rule.heads), size, multiply);
}

struct MatrixRule {
  Nf4Rule packed;
  int64_t width;
  TF_DataType dtype;
};

// A packed matrix → the dense one [out, width].
void Nf4Decode(const MatrixRule &rule, Call *call) {
  const PackedInput w(rule.packed, call, 0);
  if (!call->ok()) return;
  const size_t out = static_cast<size_t>(rule.packed.out), width = static_cast<size_t>(rule.width);
  call->Require(w.value_count() >= out * width, "4-bit matrix takes a block for every value");
  call->Require(rule.dtype == TF_FLOAT || (rule.packed.rounding & kRoundBfloat16),
                "4-bit matrix in bfloat16 takes values rounded to it");
  if (!call->ok()) return;
  void *y = call->Allocate(rule.dtype, {rule.packed.out, rule.width});
  if (y == nullptr) return;
  ShareRows(out, StretchRows(2 * width), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++) {
      const size_t first = w.StoredRow(row) * width;
      if (rule.dtype == TF_FLOAT)
        DecodeNf4(w.matrix(), first, width, static_cast<float *>(y) + row * width);
      else
        DecodeNf4(w.matrix(), first, width, static_cast<uint16_t *>(y) + row * width);
    }
  });
}

// ── attention of one token ───────────────────────────────────────────────────────────────────────────────────────

struct AttentionRule {
  float soft_cap;
};

// Turns consecutive pairs by complex numbers.
void Turn(TF_DataType dtype, const void *x, size_t first, size_t size, const float *turns, float *y) {
  for (size_t i = 0; i < size; i += 2) {
    const float a = ReadAs(dtype, x, first + i), b = ReadAs(dtype, x, first + i + 1);
    y[i] = a * turns[i] - b * turns[i + 1];
    y[i + 1] = a * turns[i + 1] + b * turns[i];
  }
}

void Softmax(float *scores, size_t count) {
  float largest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < count; i++) largest = scores[i] > largest ? scores[i] : largest;
  float sum = 0;
  for (size_t i = 0; i < count; i++) sum += scores[i] = std::exp(scores[i] - largest);
  for (size_t i = 0; i < count; i++) scores[i] /= sum;
}

// Scores and weighted values of this many elements are worth the other threads.
constexpr size_t kSharedElements = 1 << 18;

// query [H, 1, 1, D] and key [K, 1, 1, D] before rotation, value [K, 1, 1, D], their turns complex64 [1, D / 2], caches
// [K, 1, C, D], place int32 [2]: the new token's row in the caches, and the first row it sees. Writes key and value
// into the caches, whose memory it changes, and returns the attended values [H, 1, 1, D].
void StepAttention(const AttentionRule &rule, Call *call) {
  const Call::Input query = call->Get(0), key = call->Get(1), value = call->Get(2);
  const Call::Input query_turns = call->Get(3), key_turns = call->Get(4);
  const Call::Input key_cache = call->Get(5), value_cache = call->Get(6), place = call->Get(7);
  if (!call->ok()) return;
  const size_t heads = query.size(0), groups = key.size(0), width = query.size(-1), value_width = value.size(-1);
  const size_t capacity = key_cache.size(2);
  call->Require(query.count() == heads * width && key.count() == groups * width &&
                    value.count() == groups * value_width && groups > 0 && heads % groups == 0 && width % 2 == 0,
                "step attention takes query [H, 1, 1, D], key and value [K, 1, 1, D], H a multiple of K");
  call->Require(query_turns.count() == width / 2 && key_turns.count() == width / 2,
                "step attention takes D / 2 turns");
  call->Require(key_cache.count() == groups * capacity * width && value_cache.count() == groups * capacity * value_width,
                "step attention takes caches [K, 1, C, D]");
  call->Require(place.count() == 2, "step attention takes the token's place and the first it sees");
  if (!call->ok()) return;
  const int32_t position = place.data<int32_t>()[0], first = place.data<int32_t>()[1];
  call->Require(first >= 0 && first <= position && static_cast<size_t>(position) < capacity,
                "step attention takes a place inside the cache");
  const TF_DataType dtype = value.dtype(), turned_dtype = query.dtype();
  void *attended = call->ok() ? call->Allocate(dtype, {static_cast<int64_t>(heads), 1, 1,
                                                       static_cast<int64_t>(value_width)})
                              : nullptr;
  if (attended == nullptr) return;
  const size_t begin = static_cast<size_t>(first), end = static_cast<size_t>(position) + 1, repeat = heads / groups;
  const RowKernels &kernels = BestRowKernels();
  const auto attend = [&](size_t group) {
    static thread_local PreparedVector prepared;
    static thread_local std::vector<float> turned, scores, sums;
    turned.resize(width);
    scores.resize(end - begin);
    const size_t base = group * capacity;
    Turn(turned_dtype, key.data<void>(), group * width, width, key_turns.data<float>(), turned.data());
    for (size_t i = 0; i < width; i++)
      WriteAs(dtype, key_cache.data<void>(), (base + end - 1) * width + i, turned[i]);
    for (size_t i = 0; i < value_width; i++)
      WriteAs(dtype, value_cache.data<void>(), (base + end - 1) * value_width + i,
              ReadAs(dtype, value.data<void>(), group * value_width + i));
    for (size_t head = group * repeat; head < (group + 1) * repeat; head++) {
      Turn(turned_dtype, query.data<void>(), head * width, width, query_turns.data<float>(), turned.data());
      if (dtype == TF_BFLOAT16)
        for (float &number : turned) number = FromBfloat16(ToBfloat16(number));
      prepared.Set(turned.data(), width);
      sums.assign(value_width, 0);
      if (dtype == TF_FLOAT)
        kernels.multiply_float32(key_cache.data<float>() + base * width, begin, end, prepared, scores.data());
      else
        kernels.multiply_bfloat16(key_cache.data<uint16_t>() + base * width, begin, end, prepared, scores.data());
      if (rule.soft_cap > 0)
        for (float &score : scores) score = rule.soft_cap * std::tanh(score / rule.soft_cap);
      Softmax(scores.data(), scores.size());
      const size_t values = (base + begin) * value_width;
      if (dtype == TF_FLOAT)
        kernels.add_rows_float32(value_cache.data<float>() + values, scores.size(), value_width, scores.data(),
                                 sums.data());
      else
        kernels.add_rows_bfloat16(value_cache.data<uint16_t>() + values, scores.size(), value_width, scores.data(),
                                  sums.data());
      for (size_t i = 0; i < value_width; i++) WriteAs(dtype, attended, head * value_width + i, sums[i]);
    }
  };
  const bool shared = heads * (end - begin) * width >= kSharedElements;
  ShareRows(groups, shared ? 1 : groups, [&](size_t from, size_t to) {
    for (size_t group = from; group < to; group++) attend(group);
  });
}

// ── what lies between products ───────────────────────────────────────────────────────────────────────────────────

struct NormRule {
  float epsilon, offset;
  TF_DataType dtype;
};

// x float32 [N, E], weight float32 [E] → x / √(mean(x²) + ε) · (weight + offset), [N, E].
void NormRows(const NormRule &rule, Call *call) {
  const Call::Input x = call->Get(0), weight = call->Get(1);
  if (!call->ok()) return;
  const size_t count = x.count(), width = weight.count();
  call->Require(width > 0 && x.rank() > 0 && x.size(-1) == width, "norm takes x [.., E] and a weight [E]");
  if (!call->ok()) return;
  std::vector<int64_t> shape;
  for (int axis = 0; axis < x.rank(); axis++) shape.push_back(static_cast<int64_t>(x.size(axis)));
  void *y = call->Allocate(rule.dtype, shape);
  if (y == nullptr) return;
  const float *factors = weight.data<float>();
  for (size_t first = 0; first < count; first += width) {
    const float *row = x.data<float>() + first;
    double squares = 0;
    for (size_t i = 0; i < width; i++) squares += static_cast<double>(row[i]) * row[i];
    const float inverse = 1.0f / std::sqrt(static_cast<float>(squares / static_cast<double>(width)) + rule.epsilon);
    for (size_t i = 0; i < width; i++)
      WriteAs(rule.dtype, y, first + i, row[i] * inverse * (factors[i] + rule.offset));
  }
}

struct GateRule {
  int64_t is_gelu;
  TF_DataType dtype;
};

// gate and up of one shape → gate · σ(v(gate)) · up; v(g) = g, or √(8/π) · (g + 0.044715 g³) for GELU.
void GatedUnit(const GateRule &rule, Call *call) {
  const Call::Input gate = call->Get(0), up = call->Get(1);
  if (!call->ok()) return;
  call->Require(gate.count() == up.count() && gate.rank() > 0, "gated unit takes a gate and an up of one shape");
  if (!call->ok()) return;
  std::vector<int64_t> shape;
  for (int axis = 0; axis < gate.rank(); axis++) shape.push_back(static_cast<int64_t>(gate.size(axis)));
  void *y = call->Allocate(rule.dtype, shape);
  if (y == nullptr) return;
  const float scale = 1.5957691216057308f;
  for (size_t i = 0; i < gate.count(); i++) {
    const float g = ReadAs(gate.dtype(), gate.data<void>(), i), u = ReadAs(up.dtype(), up.data<void>(), i);
    const float v = rule.is_gelu ? scale * (g + 0.044715f * g * g * g) : g;
    WriteAs(rule.dtype, y, i, g / (1.0f + std::exp(-v)) * u);
  }
}

// ── registration ─────────────────────────────────────────────────────────────────────────────────────────────────

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

void *CreateNothing(TF_OpKernelConstruction *) { return nullptr; }
void DeleteNothing(void *) {}

void *CreateNf4Rule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new Nf4Rule{attributes.Int("out"), attributes.Int("heads"), attributes.Int("rounding"),
                     attributes.Int("nested")};
}

void *CreateMatrixRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  const Nf4Rule packed = {attributes.Int("out"), 1, attributes.Int("rounding"), attributes.Int("nested")};
  return new MatrixRule{packed, attributes.Int("width"), attributes.Type("T")};
}

void *CreateAttentionRule(TF_OpKernelConstruction *context) {
  return new AttentionRule{Attributes(context).Float("soft_cap")};
}

void *CreateNormRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new NormRule{attributes.Float("epsilon"), attributes.Float("offset"), attributes.Type("U")};
}

void *CreateGateRule(TF_OpKernelConstruction *context) {
  Attributes attributes(context);
  return new GateRule{attributes.Int("is_gelu"), attributes.Type("U")};
}

void ComputeRowProduct(void *, TF_OpKernelContext *context) {
  Call call(context);
  RowProduct(&call);
}

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
};

void UnknownShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

bool Register(const Definition &definition, TF_Status *status) {
  TF_OpDefinitionBuilder *op = TF_NewOpDefinitionBuilder(definition.name);
  for (const char *attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  for (const char *input : definition.inputs) TF_OpDefinitionBuilderAddInput(op, input);
  TF_OpDefinitionBuilderAddOutput(op, definition.output);
  TF_OpDefinitionBuilderSetIsStateful(op, definition.stateful);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, UnknownShape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) != TF_OK) return false;
  TF_KernelBuilder *kernel =
      TF_NewKernelBuilder(definition.name, "CPU", definition.create, definition.compute, definition.destroy);
  TF_RegisterKernelBuilder(definition.name, kernel, status);
  return TF_GetCode(status) == TF_OK;
}

constexpr const char *kDtype = "T: {float, bfloat16}";

std::vector<Definition> Definitions() {
  return {
      {"MedtuneRowProduct", {"x: T", "w: T"}, "y: T", {kDtype}, false, CreateNothing, ComputeRowProduct, DeleteNothing},
      {"MedtuneNf4Product",
       {"x: T", "packed: uint8", "pairs: complex64", "rows: int32", "codes: uint8", "code_levels: float",
        "maxima: float", "offset: float"},
       "y: T",
       {kDtype, "out: int", "heads: int", "rounding: int", "nested: int"},
       false,
       CreateNf4Rule,
       Compute<Nf4Rule, Nf4Product>,
       Delete<Nf4Rule>},
      {"MedtuneNf4Decode",
       {"packed: uint8", "pairs: complex64", "rows: int32", "codes: uint8", "code_levels: float", "maxima: float",
        "offset: float"},
       "w: T",
       {kDtype, "out: int", "width: int", "rounding: int", "nested: int"},
       false,
       CreateMatrixRule,
       Compute<MatrixRule, Nf4Decode>,
       Delete<MatrixRule>},
      {"MedtuneStepAttention",
       {"query: U", "key: U", "value: T", "query_turns: complex64", "key_turns: complex64", "key_cache: T",
        "value_cache: T", "place: int32"},
       "attended: T",
       {kDtype, "U: {float, bfloat16}", "soft_cap: float"},
       // It writes into the caches: neither to be left out nor to be taken for another call.
       true,
       CreateAttentionRule,
       Compute<AttentionRule, StepAttention>,
       Delete<AttentionRule>},
      {"MedtuneNormRows",
       {"x: float", "weight: float"},
       "y: U",
       {"U: {float, bfloat16}", "epsilon: float", "offset: float"},
       false,
       CreateNormRule,
       Compute<NormRule, NormRows>,
       Delete<NormRule>},
      {"MedtuneGatedUnit",
       {"gate: T", "up: T"},
       "y: U",
       {kDtype, "U: {float, bfloat16}", "is_gelu: int"},
       false,
       CreateGateRule,
       Compute<GateRule, GatedUnit>,
       Delete<GateRule>},
  };
}

bool InterfaceIsThere() {
  return TF_NewOpDefinitionBuilder && TF_OpDefinitionBuilderAddAttr && TF_OpDefinitionBuilderAddInput &&
         TF_OpDefinitionBuilderAddOutput && TF_OpDefinitionBuilderSetIsStateful &&
         TF_OpDefinitionBuilderSetShapeInferenceFunction && TF_ShapeInferenceContextSetUnknownShape &&
         TF_RegisterOpDefinition && TF_NewKernelBuilder && TF_RegisterKernelBuilder &&
         TF_OpKernelConstruction_GetAttrType && TF_OpKernelConstruction_GetAttrInt64 &&
         TF_OpKernelConstruction_GetAttrFloat && TF_OpKernelConstruction_Failure && TF_OpKernelContext_Failure &&
         TF_GetInput && TF_AllocateOutput;
}

}  // namespace

void RegisterFewRowOps() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (!InterfaceIsThere()) return;
    const std::unique_ptr<TF_Status, StatusDeleter> status(TF_NewStatus());
    for (const Definition &definition : Definitions())
      if (!Register(definition, status.get())) return;
  });
}

}  // namespace medtune
