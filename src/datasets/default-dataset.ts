import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where `fetch-data` puts PubMedQA and `prepare` looks for it, from the working folder. */
export const defaultDatasetFile = 'data/pubmedqa/ori_pqal.json'

/** The authored data set that comes with the package; works offline. */
export const sampleDatasetFile: string = fileURLToPath(
  new URL('../../data/sample/sample_pqal.json', import.meta.url),
)

/** The package's own copy, so that notebooks find what was fetched whatever folder their kernel runs in. */
const packageDatasetFile = fileURLToPath(new URL(`../../${defaultDatasetFile}`, import.meta.url))

/** PubMedQA where it was fetched, else the sample. */
export function findDefaultDataset(): { readonly file: string; readonly isSample: boolean } {
  const fetched = [defaultDatasetFile, packageDatasetFile].find((file) => existsSync(file))
  return fetched === undefined
    ? { file: sampleDatasetFile, isSample: true }
    : { file: fetched, isSample: false }
}
