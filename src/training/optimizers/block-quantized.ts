import { MedtuneError } from '../../errors.js'
import type { ByteTable, Ops, Tensor } from '../../tensors/ops.js'
import { dynamicMap, levelBoundaries } from '../../tensors/quantization-map.js'

/** Values that share one largest magnitude. */
export const stateBlockSize = 256

/** Values in 8 bits: codes uint8 [blocks, 256] and the largest magnitude of each block, float32 [blocks, 1]. */
export interface BlockQuantized {
  readonly codes: Tensor
  readonly maxima: Tensor
}

/** Below every negative number that is not zero: no negative mean may take the level zero, nor change its sign. */
const justBelowZero = -1.2e-38

/**
 * Codes values in 8 bits with the levels of one dynamic map. Owns its tables on the device.
 *
 * @see Dettmers et al., "8-bit Optimizers via Block-wise Quantization" (2022)
 */
export class BlockCodec {
  private readonly table: ByteTable
  private readonly boundaries: Tensor

  constructor(
    private readonly ops: Ops,
    { signed }: { signed: boolean },
  ) {
    const levels = dynamicMap({ signed })
    const boundaries = levelBoundaries(levels)
    if (signed) boundaries[levels.indexOf(0) - 1] = justBelowZero
    this.table = ops.byteTable(levels, 1)
    this.boundaries = ops.upload(boundaries, [boundaries.length])
    for (const tensor of this.tensors) ops.keep(tensor)
  }

  /** The handles inside, which a recorded function takes as inputs. */
  get tensors(): readonly Tensor[] {
    return [...this.table.tensors, this.boundaries]
  }

  /** Codes of zeros; kept. */
  zeros(blocks: number): BlockQuantized {
    const { ops } = this
    return {
      codes: ops.keep(ops.full([blocks, stateBlockSize], 0, 'uint8')),
      maxima: ops.keep(ops.full([blocks, 1], 0)),
    }
  }

  /** @param values float32 [blocks, 256] */
  encode(values: Tensor): BlockQuantized {
    return this.ops.encodeRows(values, this.boundaries)
  }

  /** @returns float32 [blocks, 256], owned by the open scope */
  decode({ codes, maxima }: BlockQuantized): Tensor {
    const { ops } = this
    return ops.scope(() => ops.mul(ops.reshape(ops.lookUp(codes, this.table), codes.shape), maxima))
  }

  /** The codes and maxima on the host, by name. */
  async read(
    { codes, maxima }: BlockQuantized,
    name: string,
  ): Promise<[string, Float32Array | Uint8Array][]> {
    const { ops } = this
    const wide = ops.keep(ops.cast(codes, 'int32'))
    try {
      const bytes = Uint8Array.from(await ops.readInt32(wide))
      return [
        [name, bytes],
        [`${name}_absmax`, await ops.read(maxima)],
      ]
    } finally {
      ops.free(wide)
    }
  }

  /** The reverse of `read`; kept. @throws INVALID_ARGUMENT when the vectors are not those of `blocks` */
  restore(
    vectors: ReadonlyMap<string, Float32Array | Uint8Array>,
    name: string,
    blocks: number,
  ): BlockQuantized {
    const { ops } = this
    const [codes, maxima] = [vectors.get(name), vectors.get(`${name}_absmax`)]
    const fits = codes instanceof Uint8Array && codes.length === blocks * stateBlockSize
    if (!fits || !(maxima instanceof Float32Array) || maxima.length !== blocks) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `the optimizer state ${name} must have ${blocks} blocks of ${stateBlockSize} codes; got ${codes?.length ?? 0} codes. Resume with the same model, adapter and optim.`,
      )
    }
    return {
      codes: ops.keep(ops.upload(codes, [blocks, stateBlockSize])),
      maxima: ops.keep(ops.upload(maxima, [blocks, 1])),
    }
  }

  dispose(): void {
    this.ops.free(...this.tensors)
  }
}
