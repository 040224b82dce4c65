import { expect, test } from 'vitest'
import { ComputeThreads } from './compute-threads.js'
import { matrixTasks, productKernelNames } from './matrix-tasks.js'
import { productScratchBytes } from './product-kernels.js'
import { simdModule } from './simd-kernels.js'
import { type WebAssemblyMemory, webAssembly } from './web-assembly.js'

const [rows, inner, columns] = [61, 40, 53]
const plan = {
  rows,
  inner,
  columns,
  transposeA: false,
  transposeB: true,
  outShape: [rows, columns],
  products: [{ a: 0, b: 0, out: 0 }],
}

async function startThreads(
  count: number,
): Promise<{ compute: ComputeThreads; memory: WebAssemblyMemory; free: number }> {
  const memory = new webAssembly.Memory({ initial: 256, maximum: 256, shared: true })
  const compute = await ComputeThreads.start({
    memory,
    module: simdModule(),
    callable: productKernelNames,
    scratch: Array.from({ length: count }, (_, i) => i * productScratchBytes),
  })
  return { compute, memory, free: count * productScratchBytes }
}

/** Runs one product in `pieces` calls and returns its result. */
function multiply(
  { compute, memory, free }: Awaited<ReturnType<typeof startThreads>>,
  pieces: number,
): Float32Array {
  const [a, b] = [free, free + 4 * rows * inner]
  const out = b + 4 * columns * inner
  new Float32Array(memory.buffer, a, (rows + columns) * inner).forEach((_, i, all) => {
    all[i] = Math.sin(i * i)
  })
  const result = new Float32Array(memory.buffer, out, rows * columns).fill(Number.NaN)
  compute.run(matrixTasks(plan, { a, b, out }, pieces))
  return new Float32Array(result)
}

test('any number of threads and pieces gives the same bits', async () => {
  const alone = await startThreads(1)
  const many = await startThreads(4)
  expect([alone.compute.count, many.compute.count]).toEqual([1, 4])
  const expected = multiply(alone, 1)
  for (const pieces of [1, 2, 5, 8]) expect(multiply(many, pieces)).toEqual(expected)
  many.compute.terminate()
})

test('no task is lost or run after its time over thousands of runs', async () => {
  const threads = await startThreads(3)
  const expected = multiply(threads, 1)
  for (let run = 0; run < 3000; run++) {
    const result = multiply(threads, 1 + (run % 9))
    if (Buffer.compare(Buffer.from(result.buffer), Buffer.from(expected.buffer)) !== 0) {
      expect(result).toEqual(expected)
    }
  }
  threads.compute.terminate()
})

test('more calls than the list has places all run', async () => {
  const threads = await startThreads(2)
  const [product] = matrixTasks(plan, { a: threads.free, b: threads.free, out: threads.free }, 1)
  const width = 4
  const source = threads.free
  const target = source + 4 * width * 1000
  new Float32Array(threads.memory.buffer, source, width).fill(1)
  const dots = Array.from(
    { length: 700 },
    (_, i) => [1, source, source, 0, target + 4 * i, 1, width] as const,
  )
  threads.compute.run(dots)
  expect(new Set(new Float32Array(threads.memory.buffer, target, 700))).toEqual(new Set([width]))
  expect(product?.[0]).toBe(0)
  threads.compute.terminate()
})
