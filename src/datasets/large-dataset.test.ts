import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { temporaryFolder } from './datasets.fixture.js'
import { sampleDatasetFile } from './default-dataset.js'

const folder = temporaryFolder()
const targetBytes = 600e6

/** The sample's records over and over under new ids. */
function writeLargeDataset(file: string): number {
  const sample: Record<string, unknown> = JSON.parse(readFileSync(sampleDatasetFile, 'utf8'))
  const records = Object.values(sample).map((record) => JSON.stringify(record, null, 4))
  const handle = openSync(file, 'w')
  let [size, count] = [0, 0]
  for (writeSync(handle, '{'); size < targetBytes; ) {
    const block: string[] = []
    for (let i = 0; i < 20; i++) {
      for (const record of records) block.push(`${count === 0 ? '' : ','}\n"R${count++}": ${record}`)
    }
    size += writeSync(handle, block.join(''))
  }
  writeSync(handle, '}')
  closeSync(handle)
  return count
}

// The anonymizer holds nothing between texts; leaving it out keeps this test to seconds.
const script = (input: string, output: string, dist: string): string => `
  const { preprocessDataset } = await import(${JSON.stringify(pathToFileURL(path.join(dist, 'datasets/preprocess.js')))})
  const anonymizer = { anonymize: (text) => ({ text, counts: {} }) }
  const report = await preprocessDataset({ input: ${JSON.stringify(input)}, output: ${JSON.stringify(output)}, anonymizer })
  console.log(JSON.stringify({ written: report.written, maxRssBytes: process.resourceUsage().maxRSS * 1024 }))
`

test('a dataset of 600 MB is prepared in less than 1 GB of memory', () => {
  const input = path.join(folder, 'large.json')
  const count = writeLargeDataset(input)
  const code = script(input, path.join(folder, 'tuning.json'), path.join(repositoryRoot, 'dist'))
  const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const { written, maxRssBytes } = JSON.parse(stdout)
  expect(written).toBe(count)
  expect(maxRssBytes).toBeLessThan(1e9)
})
