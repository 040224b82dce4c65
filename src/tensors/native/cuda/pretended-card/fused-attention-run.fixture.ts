// One process on the pretended card: XLA compiles each call of cuDNN's attention alone. Prints one JSON line: how each ended.
//   tsx fused-attention-run.fixture.ts
import { useBackend } from '../../../backend.js'
import { loadBinding, tensorflowTypes } from '../../binding.js'
import { findCachedBinding } from '../../binding-cache.js'
import { readBindingSources } from '../../binding-sources.js'
import { type AttentionSizes, backwardCall, forwardCall, graphOf } from '../fused-attention-call.js'

const cases: readonly AttentionSizes[] = [
  { heads: 8, groups: 8, batch: 1, length: 128, width: 64 },
  { heads: 32, groups: 8, batch: 2, length: 300, width: 128 },
]

await useBackend('cuda')
const binding = loadBinding(findCachedBinding(readBindingSources().hash, process.env, 'gpu').folder, 'gpu')
const endings = cases.flatMap((sizes, index) =>
  [forwardCall(sizes), backwardCall(sizes)].map((call) => {
    const name = `pretended_${index}_${call.inputs.length}`
    const { graphDef, inputs, outputs } = graphOf(call)
    binding.addFunction(name, graphDef, inputs, outputs, true)
    const ids = call.inputs.map(({ shape, type }) => {
      const elementBytes = type === tensorflowTypes.float32 ? 4 : 2
      const bytes = shape.reduce((count, size) => count * size, elementBytes)
      return binding.uploadTensor(shape, type, new Uint8Array(bytes))
    })
    try {
      binding.executeOp(name, [], ids, call.outputCount)
      return 'ran'
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }),
)
process.stdout.write(`${JSON.stringify(endings)}\n`)
