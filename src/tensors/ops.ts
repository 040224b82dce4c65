import type { FewRowOps, FusedAttentionOps, ManyRowOps } from './kernel-ops.js'

/**
 * The tensor boundary: the operations the whole engine is written against. Handles in, handles out; no tape, no
 * hidden state. A backend implements this interface once (`backends/`), and everything above (`fused/`, `models/`,
 * `lora/`, `training/`, `generation/`) runs on it unchanged.
 *
 * Conventions, the same on every backend:
 * - Shapes are row-major. Element-wise operations broadcast as NumPy does.
 * - An operation never changes its inputs and returns a new handle, owned by the innermost open `scope`.
 * - Axes may be negative (−1 is the last).
 * - Shape mismatches are bugs of the engine, not of the user: they throw a MedtuneError with code INTERNAL.
 * - A backend that runs out of memory throws a MedtuneError with code OUT_OF_MEMORY.
 */

/** Element types a handle can have on the device. `bfloat16` and `float16` exist only where the backend says so. */
export type TensorDtype = 'float32' | 'int32' | 'uint8' | 'bfloat16' | 'float16'

/** A handle to device memory. Opaque: only the backend that made it can use it. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly dtype: TensorDtype
}

/** What `scope` and `trace` look through to find handles: a handle, or arrays and plain objects of them. */
export type TensorTree =
  | Tensor
  | undefined
  | null
  | number
  | boolean
  | string
  | readonly TensorTree[]
  | { readonly [key: string]: TensorTree }

/**
 * Position tables of rotary embeddings in the backend's best form, made by `Ops.rotaryTable`. Free with `free`.
 */
export interface RotaryTable {
  /** Positions covered: T. */
  readonly length: number
  /** The handles inside, for `free`, `keep` and `trace`. */
  readonly tensors: readonly Tensor[]
}

/**
 * What each of the 256 values of a byte stands for, in the backend's best form, made by `Ops.byteTable`. Free with `free`.
 */
export interface ByteTable {
  /** Numbers that one byte stands for. */
  readonly width: number
  /** The handles inside, for `free`, `keep` and `trace`. */
  readonly tensors: readonly Tensor[]
}

export interface MatmulOptions {
  /** Use aᵀ (last two axes). Default false. */
  transposeA?: boolean
  /** Use bᵀ (last two axes). Default false. */
  transposeB?: boolean
}

export interface MemoryUse {
  /** Live handles. */
  tensors: number
  /** Bytes of live handles; handles that share a buffer count once where the backend can tell. */
  bytes: number
  /** Highest `bytes` since the backend started or `resetPeak` was called. */
  peakBytes: number
}

export interface Ops {
  /** `cuda`, `native`, `wasm` or `cpu`. */
  readonly name: string
  /** Floating dtypes that matmul and element-wise operations take on this backend; always includes float32. */
  readonly computeDtypes: readonly TensorDtype[]

  // ── lifetimes ──────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Runs `body` and frees every handle made inside it, except those in its result (which pass to the enclosing
   * scope) and kept ones. `body` is synchronous. When it throws, all its handles are freed.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a body that returns nothing is common
  scope<Result extends TensorTree | void>(body: () => Result): Result
  /** Takes a handle out of every scope: it lives until `free`. Returns it. */
  keep<T extends Tensor>(tensor: T): T
  /** Frees handles now. A handle freed twice, or `undefined`, is ignored. Views (reshape) are freed on their own. */
  free(...tensors: readonly (Tensor | undefined | null)[]): void
  memory(): MemoryUse
  resetPeak(): void

  // ── host ↔ device ──────────────────────────────────────────────────────────────────────────────────────────
  /** Copies host data to the device. Float32Array → float32, Int32Array → int32, Uint8Array → uint8, Uint16Array (raw bits) → `dtype`. */
  upload(
    data: Float32Array | Int32Array | Uint8Array | Uint16Array,
    shape: readonly number[],
    dtype?: TensorDtype,
  ): Tensor
  /** Copies a float32 (or bfloat16/float16, converted) tensor to the host, row-major. */
  read(tensor: Tensor): Promise<Float32Array>
  /** Copies an int32 tensor to the host. */
  readInt32(tensor: Tensor): Promise<Int32Array>
  /** All elements equal to `value`. */
  full(shape: readonly number[], value: number, dtype?: TensorDtype): Tensor

  // ── products ───────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * a [..., M, K] · b [..., K, P] → [..., M, P]; batch axes broadcast as NumPy's matmul (rank 2 with rank 3, size 1
   * with size n). Operands have one dtype, which is the result's.
   */
  matmul(a: Tensor, b: Tensor, options?: MatmulOptions): Tensor

  /** Present where the backend has kernels for decoding; `fused/few-rows.ts` says when they are used. */
  readonly fewRows?: FewRowOps | undefined

  /** Present where the backend has kernels for training; `fused/many-rows.ts` says when they are used. */
  readonly manyRows?: ManyRowOps | undefined

  /** Present where the device has a kernel that was tried and found right; `models/layers/attention-road.ts` asks it. */
  readonly fusedAttention?: FusedAttentionOps | undefined

  // ── element-wise, broadcasting ─────────────────────────────────────────────────────────────────────────────
  add(a: Tensor, b: Tensor): Tensor
  sub(a: Tensor, b: Tensor): Tensor
  mul(a: Tensor, b: Tensor): Tensor
  div(a: Tensor, b: Tensor): Tensor
  /** Sum of tensors of one shape; one tensor gives a new handle to the same values. */
  addN(tensors: readonly Tensor[]): Tensor
  /** x · factor, factor a host number. */
  scale(x: Tensor, factor: number): Tensor
  /** x + term, term a host number. */
  addScalar(x: Tensor, term: number): Tensor
  square(x: Tensor): Tensor
  sqrt(x: Tensor): Tensor
  rsqrt(x: Tensor): Tensor
  exp(x: Tensor): Tensor
  log(x: Tensor): Tensor
  tanh(x: Tensor): Tensor
  sigmoid(x: Tensor): Tensor
  /** Gradient of sigmoid from its output y: dy · y · (1 − y). */
  sigmoidGrad(y: Tensor, dy: Tensor): Tensor
  cast(x: Tensor, dtype: TensorDtype): Tensor

  // ── reductions and rows ────────────────────────────────────────────────────────────────────────────────────
  sum(x: Tensor, axes: readonly number[], keepDims?: boolean): Tensor
  /** √(Σ x²) over the last axis, kept: [..., E] → [..., 1]. */
  euclideanNorm(x: Tensor): Tensor
  /** Softmax over the last axis. */
  softmax(x: Tensor): Tensor
  /**
   * softmax(scores + mask) over the last axis; `mask` is additive (0 or −1e30) and broadcasts to scores
   * ([..., T, S]).
   */
  maskedSoftmax(scores: Tensor, mask: Tensor): Tensor
  /**
   * Per row: loss = log Σ exp(logits) − logits[label], and the probabilities.
   * @param logits float32 [N, V]
   * @param labels int32 [N], every label in 0..V−1
   * @returns loss float32 [N], probabilities float32 [N, V]
   */
  crossEntropy(logits: Tensor, labels: Tensor): { loss: Tensor; probabilities: Tensor }
  /** Rows of a table: table [V, ...], indices int32 [N] → [N, ...]. */
  gather(table: Tensor, indices: Tensor): Tensor
  /** The reverse of gather: zeros [rowCount, E] with x [N, E] added at rows `indices` int32 [N]; repeated rows sum. */
  scatterAdd(x: Tensor, indices: Tensor, rowCount: number): Tensor

  // ── numbers in a few bits ──────────────────────────────────────────────────────────────────────────────────
  /** @param values float32 [256, width], row-major: the numbers that each byte stands for */
  byteTable(values: Float32Array, width: number): ByteTable
  /** The numbers that bytes stand for: bytes uint8 [...] → float32 [..., width]. */
  lookUp(bytes: Tensor, table: ByteTable): Tensor
  /**
   * Divides each row by its largest magnitude and gives every value the number of boundaries that lie strictly below
   * it: with midpoints of ascending levels as boundaries, the nearest level, the lower of two equally near.
   * @param x float32 [rows, width]
   * @param boundaries float32 [at most 255], ascending
   * @returns codes uint8 [rows, width] and the largest magnitudes float32 [rows, 1]
   */
  encodeRows(x: Tensor, boundaries: Tensor): { codes: Tensor; maxima: Tensor }

  // ── shape ──────────────────────────────────────────────────────────────────────────────────────────────────
  /** Same elements, new shape; one size may be −1. Shares memory where the backend can. */
  reshape(x: Tensor, shape: readonly number[]): Tensor
  transpose(x: Tensor, permutation: readonly number[]): Tensor
  /** `size` −1 means to the end. */
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor
  concat(tensors: readonly Tensor[], axis: number): Tensor
  /** Parts of the given sizes along an axis. */
  split(x: Tensor, sizes: readonly number[], axis: number): Tensor[]
  /** Zeros added per axis: [before, after] for each. */
  pad(x: Tensor, paddings: readonly (readonly [number, number])[]): Tensor

  // ── rotary embedding ───────────────────────────────────────────────────────────────────────────────────────
  /**
   * Tables for `rotary`.
   * @param angles float32 [T, D/2] (or [B, T, D/2] where rows of a batch have positions of their own), radians
   * @param factor multiplies both cos and sin (attention scale folded into queries, longrope's attention factor); one
   *   number, or one for each pair, [D/2]
   */
  rotaryTable(angles: Float32Array, shape: readonly number[], factor?: number | Float32Array): RotaryTable
  /**
   * Rotates consecutive pairs: (x₂ⱼ, x₂ⱼ₊₁) ↦ (x₂ⱼ cos − x₂ⱼ₊₁ sin, x₂ⱼ sin + x₂ⱼ₊₁ cos), times the table's factor.
   * With `inverse` the angle's sign is flipped (the factor stays): that is the gradient of the forward rotation.
   * Query and key rows are stored in this interleaved order (`models/architectures/` permutes them at load),
   * because a pair is then one complex number.
   * @param x float32 [H, B, T, D]
   */
  rotary(x: Tensor, table: RotaryTable, options?: { inverse?: boolean }): Tensor

  // ── replay ─────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Makes a function of handles cheaper to call again: a backend that can records the operations of one early
   * call and replays them as one graph; others return `fn` itself. `fn` must be pure: its result depends only on its
   * inputs' values and on host values that are part of `key`; every array it uploads becomes a constant. When `fn`
   * runs, it is given the very handles of the call, so it may reach them through its closure as well.
   * @param key names the function and every host value it depends on (shapes are added by the backend)
   */
  trace(
    key: string,
    fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  ): (inputs: readonly Tensor[]) => readonly Tensor[]

  /** Frees everything the backend holds. It cannot be used afterwards. */
  dispose(): void
}
