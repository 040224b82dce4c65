import { expect, test } from 'vitest'
import { attributeTypes, tensorflowTypes } from './binding.js'
import { GraphDefWriter } from './graph-def.js'

// Reference bytes: `GraphDef.SerializeToString(deterministic=True).hex()` of TensorFlow's Python package.
test('writes the bytes that protobuf writes', () => {
  const writer = new GraphDefWriter()
  writer.placeholder('x', tensorflowTypes.float32, [2, 300])
  writer.constant('c', { type: tensorflowTypes.int32, shape: [1], bytes: Uint8Array.of(255, 255, 255, 255) })
  writer.operation(
    's',
    'Sum',
    ['x:0', 'c:0'],
    [
      { name: 'T', type: attributeTypes.type, value: tensorflowTypes.float32 },
      { name: 'f', type: attributeTypes.float, value: 0.5 },
      { name: 'keep_dims', type: attributeTypes.bool, value: true },
      { name: 'n', type: attributeTypes.int, value: -1 },
      { name: 't', type: attributeTypes.string, value: 'é' },
    ],
  )
  expect(Buffer.from(writer.finish()).toString('hex')).toBe(reference)
})

test('writes lists of dtypes and of shapes', () => {
  const writer = new GraphDefWriter()
  const { bfloat16, float32 } = tensorflowTypes
  writer.operation(
    'c',
    'XlaCustomCallV2',
    ['x:0'],
    [
      { name: 'operand_dtypes', types: [bfloat16, float32] },
      { name: 'result_shapes', shapes: [[2, 300], [0]] },
    ],
  )
  expect(Buffer.from(writer.finish()).toString('hex')).toBe(listReference)
})

const listReference = [
  '0a570a0163120f586c61437573746f6d43616c6c56321a03783a302a180a0e6f706572616e645f64747970657312060a',
  '0432020e012a220a0d726573756c745f73686170657312110a0f3a0912020802120308ac023a021200220308bf08',
].join('')

const reference = [
  '0a330a0178120b506c616365686f6c6465722a0b0a056474797065120230012a140a057368617065120b3a0912020802',
  '120308ac020a320a01631205436f6e73742a0b0a056474797065120230032a190a0576616c75651210420e0803120412',
  '0208012204ffffffff0a550a0173120353756d1a03783a301a03633a302a070a0154120230012a0a0a01661205250000',
  '003f2a0f0a096b6565705f64696d73120228012a100a016e120b18ffffffffffffffffff012a090a017412041202c3a9',
  '220308bf08',
].join('')
