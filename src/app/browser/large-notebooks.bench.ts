import type { Browser, Page } from 'playwright-core'
import type { Notebook } from '../../notebook/nbformat.js'
import { codeCell, makeNotebook } from '../../notebook/notebook.fixture.js'
import type { Benchmark, BenchmarkRow } from '../bench/benchmark.fixture.js'
import { measureCases } from '../bench/measure-cases.fixture.js'
import { launchBrowser } from './browser.fixture.js'
import { largeNotebook } from './large-notebook.fixture.js'
import {
  type Lab,
  type LabPage,
  measureInLab,
  median,
  ourNotebook,
  ours,
  pythonLab,
  seconds,
} from './notebook-lab.fixture.js'
import { notebookOf } from './notebook-page.fixture.js'

const framesScrolled = 200

interface Opening {
  /** Until the first output, or without outputs the first cell, is seen. */
  readonly visible: number
  /** Until nothing held the page for longer than a tenth of a second, for one second. */
  readonly calm: number
  readonly longestFrame: number
  /** How far down the scrolling led: cells that are not in the page yet take no part. */
  readonly pixels: number
}

async function open({ page, openedAt }: LabPage, hasOutputs: boolean): Promise<Opening> {
  const first = notebookOf(page)
    .locator(hasOutputs ? '.jp-OutputArea-output' : '.jp-CodeCell')
    .first()
  await first.waitFor({ timeout: 300_000 })
  const visible = seconds(openedAt)
  await whenCalm(page)
  return { visible, calm: seconds(openedAt), ...(await scroll(page)) }
}

function whenCalm(page: Page): Promise<void> {
  return page.evaluate(async () => {
    let last = performance.now()
    for (let quiet = 0; quiet < 1000; ) {
      await new Promise((resolve) => setTimeout(resolve, 16))
      const now = performance.now()
      quiet = now - last > 100 ? 0 : quiet + now - last
      last = now
    }
  })
}

/** Goes down; the longest frame in seconds. */
function scroll(page: Page): Promise<Pick<Opening, 'longestFrame' | 'pixels'>> {
  return page.evaluate(async (frames) => {
    const scroller = document.querySelector('.jp-WindowedPanel-outer')
    let longest = 0
    let last = performance.now()
    for (let frame = 0; frame < frames; frame++) {
      scroller?.scrollBy(0, 400)
      await new Promise(requestAnimationFrame)
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }
    return { longestFrame: longest / 1000, pixels: scroller?.scrollTop ?? 0 }
  }, framesScrolled)
}

export const benchmark: Benchmark = {
  name: 'large-notebooks',
  suite: 'cpu',
  description:
    "a notebook of 50 MB outputs and one of 1,000 cells, beside Python's JupyterLab (rounds interleaved, medians)",
  async *run({ python, quick }) {
    const labs =
      python === undefined ? [ours] : [ours, pythonLab('JupyterLab, same kernel', ourNotebook, python)]
    const cells = Array.from({ length: 1000 }, (_, at) => codeCell(`const value${at} = ${at}`))
    const notebooks = { '50 MB of outputs': largeNotebook(50e6), '1,000 cells': makeNotebook(...cells) }
    const browser = await launchBrowser()
    try {
      yield* measureCases(
        Object.entries(notebooks).map(([name, notebook]) => ({
          what: name,
          measure: () => measureNotebook(name, { notebook, labs, browser, rounds: quick ? 1 : 3 }),
        })),
      )
    } finally {
      await browser.close()
    }
  },
}

interface Opened {
  readonly notebook: Notebook
  readonly labs: readonly Lab[]
  readonly browser: Browser
  readonly rounds: number
}

async function measureNotebook(
  name: string,
  { notebook, labs, browser, rounds }: Opened,
): Promise<BenchmarkRow[]> {
  const hasOutputs = notebook.cells.some((cell) => cell.cell_type === 'code' && cell.outputs.length > 0)
  const openings = new Map<Lab, Opening[]>(labs.map((lab) => [lab, []]))
  for (let round = 0; round < rounds; round++)
    for (const lab of labs)
      openings
        .get(lab)
        ?.push(await measureInLab(lab, browser, notebook, (opened) => open(opened, hasOutputs)))
  return [...openings].map(([lab, all]) => ({ app: lab.name, notebook: name, ...mediansOf(all) }))
}

function mediansOf(rounds: readonly Opening[]): Record<string, number> {
  const of = (key: keyof Opening): number => Number(median(rounds.map((opening) => opening[key])).toFixed(3))
  return {
    visibleSeconds: of('visible'),
    calmSeconds: of('calm'),
    longestFrameSeconds: of('longestFrame'),
    scrolledPixels: of('pixels'),
  }
}
