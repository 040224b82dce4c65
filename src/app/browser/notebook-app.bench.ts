import type { Page } from 'playwright-core'
import type { Notebook } from '../../notebook/nbformat.js'
import { codeCell, makeNotebook } from '../../notebook/notebook.fixture.js'
import type { Benchmark, BenchmarkRow } from '../bench/benchmark.fixture.js'
import { announced } from '../bench/measure-cases.fixture.js'
import { launchBrowser } from './browser.fixture.js'
import {
  type LabPage,
  measureInLab,
  median,
  ourNotebook,
  ours,
  pythonLab,
  seconds,
} from './notebook-lab.fixture.js'
import { codeCell as cellIn, notebookOf, whenReady } from './notebook-page.fixture.js'

const latencyRuns = 10

interface Timings {
  serverStart: number
  notebookVisible: number
  kernelReady: number
  cellLatency: number
  tenThousandLines: number
}

const pythonNotebook: Notebook = {
  ...makeNotebook(codeCell('1 + 1'), codeCell("for i in range(1, 10_001): print('line', i)")),
  metadata: {
    kernelspec: { name: 'python3', display_name: 'Python 3 (ipykernel)', language: 'python' },
    language_info: { name: 'python' },
  },
}

async function measure({ page, serverStart, openedAt }: LabPage): Promise<Timings> {
  await notebookOf(page).locator('.jp-Cell').first().waitFor()
  const notebookVisible = seconds(openedAt)
  await whenReady(page)
  const kernelReady = seconds(openedAt)
  return { serverStart, notebookVisible, kernelReady, ...(await measureCells(page)) }
}

async function measureCells(page: Page): Promise<Pick<Timings, 'cellLatency' | 'tenThousandLines'>> {
  const latencies: number[] = []
  // The first run warms up.
  for (let run = 0; run <= latencyRuns; run++) latencies.push(await runCell(page, 0, `[${run + 1}]:`))
  const cellLatency = median(latencies.slice(1))
  const tenThousandLines = await runCell(page, 1, `[${latencyRuns + 2}]:`, 'line 10000')
  return { cellLatency, tenThousandLines }
}

/** Seconds from the key press until the cell has its number, and its output its last line; taken in the page. */
async function runCell(page: Page, place: number, prompt: string, lastLine = ''): Promise<number> {
  await cellIn(page, place).locator('.cm-content').click()
  await page.evaluate(() => {
    document.addEventListener('keydown', () => Object.assign(window, { pressedAt: performance.now() }), {
      once: true,
      capture: true,
    })
  })
  await page.keyboard.press('Control+Enter')
  const elapsed = await page.waitForFunction(
    ([at, text, line]) => {
      const cell = document.querySelectorAll('.jp-NotebookPanel .jp-CodeCell')[Number(at)]
      const isDone =
        cell?.querySelector('.jp-InputPrompt')?.textContent === text &&
        (cell?.querySelector('.jp-OutputArea')?.textContent ?? '').includes(line ?? '')
      return isDone ? performance.now() - (window as unknown as { pressedAt: number }).pressedAt : undefined
    },
    [String(place), prompt, lastLine],
    { polling: 'raf' },
  )
  return ((await elapsed.jsonValue()) ?? 0) / 1000
}

export const benchmark: Benchmark = {
  name: 'notebook-app',
  suite: 'cpu',
  description:
    "server, page, kernel and cells in Chromium, beside Python's JupyterLab (rounds interleaved, medians)",
  async run({ python, quick }): Promise<readonly BenchmarkRow[]> {
    const peers =
      python === undefined
        ? []
        : [
            pythonLab('JupyterLab, same kernel', ourNotebook, python),
            pythonLab('JupyterLab, ipykernel', pythonNotebook, python),
          ]
    const labs = [ours, ...peers]
    const timings = new Map<string, Timings[]>(labs.map(({ name }) => [name, []]))
    const browser = await launchBrowser()
    try {
      // The first round fills the caches of the disk, and builds what is not built.
      const turns = Array.from({ length: 1 + (quick ? 1 : 5) }, (_, round) =>
        labs.map((lab) => ({ round, lab })),
      )
      for (const { round, lab } of announced(turns.flat(), (turn) => ({ what: turn.lab.name }))) {
        const taken = await measureInLab(lab, browser, lab.notebook, measure)
        if (round > 0) timings.get(lab.name)?.push(taken)
      }
    } finally {
      await browser.close()
    }
    return [...timings].map(([name, rounds]) => ({ app: name, ...summary(rounds) }))
  },
}

function summary(rounds: readonly Timings[]): Record<string, number> {
  const of = (key: keyof Timings): number => median(rounds.map((timings) => timings[key]))
  const round = (value: number): number => Number(value.toFixed(3))
  return {
    serverStartSeconds: round(of('serverStart')),
    notebookVisibleSeconds: round(of('notebookVisible')),
    kernelReadySeconds: round(of('kernelReady')),
    cellLatencySeconds: round(of('cellLatency')),
    tenThousandLinesSeconds: round(of('tenThousandLines')),
  }
}
