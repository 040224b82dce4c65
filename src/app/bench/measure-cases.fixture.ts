import { type BenchmarkRow, failureText } from './benchmark.fixture.js'
import { CaseClock, type TimedCase } from './case-clock.fixture.js'

/** One part of a benchmark, of one row or a few that belong together. */
export interface BenchmarkCase extends TimedCase {
  measure(): Promise<BenchmarkRow | readonly BenchmarkRow[]>
}

/** Measures one case after the other, under a bar; a case that fails becomes a row that says so, and the others go on. */
export async function* measureCases(cases: readonly BenchmarkCase[]): AsyncGenerator<BenchmarkRow> {
  for (const each of announced(cases, (one) => one)) yield* await rowsOf(each)
}

async function rowsOf(each: BenchmarkCase): Promise<readonly BenchmarkRow[]> {
  try {
    return [await each.measure()].flat()
  } catch (error) {
    return [{ what: each.what, failed: failureText(error) }]
  }
}

/** Gives the items one after the other, and shows meanwhile which it is and how long the others will take. */
export function* announced<Item>(
  items: readonly Item[],
  about: (item: Item) => TimedCase,
): Generator<Item, void> {
  const clock = new CaseClock(items.map(about), process.stderr)
  try {
    for (const item of items) {
      clock.next()
      yield item
    }
  } finally {
    clock.stop()
  }
}
