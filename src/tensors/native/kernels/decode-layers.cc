#include <cstddef>
#include <vector>

#include "few-row-rules.h"
#include "row-linear.h"
#include "row-workers.h"
#include "step-attention.h"

namespace medtune {

namespace {

// What a call is given of a layer, in the order of the plan.
struct Layer {
  // @param layer_size E
  Layer(const LayerRule &layer_rule, size_t layer_size, Plan *plan)
      : rule(layer_rule),
        size(layer_size),
        place(plan->NeededInput()),
        query_turns(plan->NeededInput()),
        key_turns(plan->NeededInput()),
        key_cache(plan->NeededInput()),
        value_cache(plan->NeededInput()),
        heads(plan->Next()),
        attention_norm(plan->NextInput()),
        query_norm(plan->NextInput()),
        key_norm(plan->NextInput()),
        attention_output_norm(plan->NextInput()),
        mlp_norm(plan->NextInput()),
        mlp_output_norm(plan->NextInput()),
        inputs(plan, plan->Next()),
        output(plan, 1),
        expansion(plan, plan->Next()),
        down(plan, 1) {
    Call *const call = plan->call();
    if (!call->ok()) return;
    step.heads = static_cast<size_t>(heads), step.groups = key_cache.size(0), step.capacity = key_cache.size(2);
    step.width = key_cache.size(-1), step.value_width = value_cache.size(-1);
    step.soft_cap = rule.soft_cap, step.dtype = key_cache.dtype();
    step.keys = key_cache.data<void>(), step.values = value_cache.data<void>();
    Check(call);
  }

  void Check(Call *call) {
    const size_t groups = step.groups;
    call->Require(place.dtype() == TF_INT32 && query_turns.dtype() == TF_COMPLEX64 &&
                      key_turns.dtype() == TF_COMPLEX64 && value_cache.dtype() == step.dtype,
                  "a layer takes a place, complex turns and caches of one dtype");
    call->Require(key_cache.rank() == 4 && value_cache.rank() == 4 && value_cache.size(0) == groups &&
                      value_cache.size(2) == step.capacity && key_cache.size(1) == 1 && value_cache.size(1) == 1,
                  "a layer takes caches [K, 1, C, D]");
    call->Require(heads > 0 && groups > 0 && step.heads % groups == 0 && step.width % 2 == 0 &&
                      inputs.out() == (step.heads + groups) * step.width + groups * step.value_width &&
                      inputs.dtype() == step.dtype,
                  "a layer takes queries of H heads, keys and values of K, H a multiple of K, in the caches' dtype");
    call->Require(query_turns.count() == step.width / 2 && key_turns.count() == step.width / 2,
                  "step attention takes D / 2 turns");
    const auto require_norm = [&](const std::unique_ptr<Call::Input> &norm, size_t width, bool needed) {
      call->Require(norm ? norm->dtype() == TF_FLOAT && norm->count() == width : !needed,
                    "norm takes x [.., E] and a weight [E]");
    };
    require_norm(attention_norm, size, true);
    require_norm(mlp_norm, size, true);
    require_norm(attention_output_norm, size, false);
    require_norm(mlp_output_norm, size, false);
    require_norm(query_norm, step.width, false);
    require_norm(key_norm, step.width, false);
    inputs.RequireSize(call, size);
    output.RequireSize(call, step.heads * step.value_width);
    expansion.RequireSize(call, size);
    down.RequireSize(call, expansion.out() / 2);
    call->Require(output.out() == size && down.out() == size && expansion.out() % 2 == 0,
                  "a layer's blocks return what they take: [1, E]");
    if (call->ok()) ReadPlace(call, place, &step);
  }

  const LayerRule rule;
  const size_t size;
  const Call::Input place, query_turns, key_turns, key_cache, value_cache;
  const int heads;
  const std::unique_ptr<Call::Input> attention_norm, query_norm, key_norm, attention_output_norm, mlp_norm,
      mlp_output_norm;
  StackedLinears inputs, output, expansion, down;
  HeadsStep step = {};
};

void Normalize(const LayerRule &rule, const Call::Input &weight, const float *x, size_t size, TF_DataType dtype,
               float *y) {
  const float inverse = InverseRms(x, size, rule.epsilon);
  for (size_t i = 0; i < size; i++)
    y[i] = RoundedTo(dtype, x[i] * inverse * (weight.data<float>()[i] + rule.offset));
}

// Adds what a block computed, after its norm where there is one, to the residual stream.
void AddBlock(const LayerRule &rule, const Call::Input *norm, float *added, size_t size, float *x) {
  if (norm != nullptr) Normalize(rule, *norm, added, size, TF_FLOAT, added);
  for (size_t i = 0; i < size; i++) x[i] += added[i];
}

// Projections [Q K V] of one token → attended values.
void AttendAll(const Layer &layer, float *projected, float *attended) {
  const HeadsStep &step = layer.step;
  const size_t width = step.width;
  const float *values = projected + (step.heads + step.groups) * width;
  std::vector<float> turned(width);
  const auto turn = [&](float *x, const std::unique_ptr<Call::Input> &norm, const Call::Input &turns) {
    if (norm) Normalize(layer.rule, *norm, x, width, TF_FLOAT, x);
    Turn(x, width, turns.data<float>(), turned.data());
  };
  for (size_t group = 0; group < step.groups; group++) {
    turn(projected + (step.heads + group) * width, layer.key_norm, layer.key_turns);
    step.Cache(group, turned.data(), values + group * step.value_width);
  }
  for (size_t head = 0; head < step.heads; head++) {
    float *query = projected + head * width;
    turn(query, layer.query_norm, layer.query_turns);
    for (size_t i = 0; i < width; i++) query[i] = turned[i];
  }
  ShareRows(step.heads, 1, [&](size_t from, size_t to) {
    for (size_t head = from; head < to; head++)
      step.Attend(head, projected + head * width, attended + head * step.value_width);
  });
}

// a(gate) · up of the expansion's rows: the first half are gates.
void ExpandGated(Layer *layer, const PreparedVector &x, float *activated) {
  StackedLinears &expansion = layer->expansion;
  const size_t count = expansion.out() / 2;
  const TF_DataType dtype = layer->down.dtype();
  expansion.Begin(x);
  ShareRows(count, StretchRows(2 * expansion.row_bytes(x.size())), [&](size_t begin, size_t end) {
    float up[kMostStretchRows];
    for (size_t from = begin; from < end; from += kMostStretchRows) {
      const size_t to = from + kMostStretchRows < end ? from + kMostStretchRows : end;
      expansion.Multiply(from, to, x, activated + from);
      expansion.Multiply(count + from, count + to, x, up);
      for (size_t i = from; i < to; i++)
        activated[i] = RoundedTo(dtype, Gated(layer->rule.is_gelu, activated[i], up[i - from]));
    }
  });
}

// The whole layer, each number rounded as by the operations one by one:
//
//     h = x + norm(attention(norm(x))),   y = h + norm(mlp(norm(h)))      outer norms where there are such
//
// @param y [E], the residual stream
void Run(Layer *layer, float *y) {
  static thread_local std::vector<float> normed, wide, attended;
  static thread_local PreparedVector vector;
  const LayerRule &rule = layer->rule;
  const size_t size = layer->size;
  normed.resize(size);
  Normalize(rule, *layer->attention_norm, y, size, layer->inputs.dtype(), normed.data());
  vector.Set(normed.data(), size);
  wide.resize(layer->inputs.out());
  layer->inputs.MultiplyAll(vector, wide.data());
  attended.resize(layer->step.heads * layer->step.value_width);
  AttendAll(*layer, wide.data(), attended.data());
  for (float &number : attended) number = RoundedTo(layer->output.dtype(), number);
  vector.Set(attended.data(), attended.size());
  layer->output.MultiplyAll(vector, normed.data());
  AddBlock(rule, layer->attention_output_norm.get(), normed.data(), size, y);

  Normalize(rule, *layer->mlp_norm, y, size, layer->expansion.dtype(), normed.data());
  vector.Set(normed.data(), size);
  wide.resize(layer->expansion.out() / 2);
  ExpandGated(layer, vector, wide.data());
  vector.Set(wide.data(), wide.size());
  layer->down.MultiplyAll(vector, normed.data());
  AddBlock(rule, layer->mlp_output_norm.get(), normed.data(), size, y);
}

}  // namespace

// x [1, E] → y [1, E], all layers of a decoder for one token. Inputs: plan int32, x, then all others by dtype. The plan:
// count of layers, then of each: place int32 [2], turns of queries and keys complex64 [1, D / 2], caches [K, 1, C, D],
// whose memory it changes; H; norms before attention, of queries, of keys, after attention, before and after the
// feed-forward block; count of projections and their linear layers, output, count of expansions and theirs, down (see
// `RowLinear`).
void DecodeLayers(const LayerRule &rule, Call *call) {
  Plan plan(call, 0);
  const Call::Input x = call->Get(1);
  const int count = plan.Next();
  if (!call->ok()) return;
  const size_t size = x.count();
  auto *y = static_cast<float *>(call->Allocate(TF_FLOAT, {1, static_cast<int64_t>(size)}));
  if (y == nullptr) return;
  for (size_t i = 0; i < size; i++) y[i] = x.data<float>()[i];
  for (int i = 0; i < count; i++) {
    Layer layer(rule, size, &plan);
    if (!call->ok()) return;
    Run(&layer, y);
  }
}

}  // namespace medtune
