import { tensorflowTypes } from '../binding.js'
import { attributesOf, castAttributes, elementType, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'

/** An operation whose only attribute is the dtype of its inputs. */
export function elementWise(
  runner: OpRunner,
  name: string,
  ...inputs: readonly NativeTensor[]
): NativeTensor {
  return runner.run(name, elementType(inputs[0]?.tensorflowType ?? tensorflowTypes.float32), inputs)
}

/** A new handle to the same memory. */
export function identity(runner: OpRunner, x: NativeTensor): NativeTensor {
  return runner.run('Identity', elementType(x.tensorflowType), [x], x)
}

export function addN(runner: OpRunner, tensors: readonly NativeTensor[]): NativeTensor {
  const [first] = tensors
  if (first !== undefined && tensors.length === 1) return identity(runner, first)
  const type = first?.tensorflowType ?? tensorflowTypes.float32
  const attributes = attributesOf(`AddN${type},${tensors.length}`, () => [
    intAttribute('N', tensors.length),
    typeAttribute('T', type),
  ])
  return runner.run('AddN', attributes, tensors)
}

export function cast(runner: OpRunner, x: NativeTensor, type: number): NativeTensor {
  if (x.tensorflowType === type) return identity(runner, x)
  return runner.run('Cast', castAttributes(x.tensorflowType, type), [x])
}

export function full(runner: OpRunner, shape: readonly number[], value: number, type: number): NativeTensor {
  const attributes = attributesOf(`Fill${type}`, () => [
    typeAttribute('T', type),
    typeAttribute('index_type', tensorflowTypes.int32),
  ])
  return runner.run('Fill', attributes, [runner.ints(shape), runner.scalar(value, type)])
}
