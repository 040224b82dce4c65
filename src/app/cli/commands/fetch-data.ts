import { defaultDatasetFile } from '../../../datasets/default-dataset.js'
import { fetchPubMedQa, pubmedQaUrl } from '../../../datasets/fetch-pubmedqa.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Progress } from '../progress-bar.js'

export const fetchDataCommand: Command = defineCommand({
  name: 'fetch-data',
  description:
    'Download the labelled PubMedQA records (2.6 MB, MIT licence) and check their hash.\n' +
    'A download that broke off goes on where it stopped.',
  usage: 'fetch-data',
  options: {
    output: {
      type: 'string',
      short: 'o',
      valueName: 'FILE',
      default: defaultDatasetFile,
      description: 'Where the file goes.',
    },
    url: {
      type: 'string',
      valueName: 'URL',
      description: `Mirror to download from (default: $MEDTUNE_PUBMEDQA_URL, else ${pubmedQaUrl}).`,
    },
  },
  examples: [
    { command: 'medtune fetch-data', does: `Downloads to ${defaultDatasetFile}, where prepare finds it.` },
    {
      command: 'medtune fetch-data --url http://mirror.example/ori_pqal.json',
      does: 'From a mirror; the hash must be the same.',
    },
  ],
  async run({ values, output, signal }) {
    let progress: Progress | undefined
    try {
      const report = await fetchPubMedQa({
        file: values.output,
        url: values.url ?? (process.env.MEDTUNE_PUBMEDQA_URL || pubmedQaUrl),
        signal,
        onProgress: (doneBytes, totalBytes) => {
          progress ??= output.progress({ label: 'PubMedQA', total: totalBytes, unit: 'bytes' })
          progress.update(doneBytes)
        },
      })
      progress?.finish()
      const { file, sizeBytes, alreadyThere, resumedFromBytes } = report
      const resumed =
        resumedFromBytes > 0 ? ` (the first ${resumedFromBytes} bytes from an earlier download)` : ''
      output.print(
        `${file}: ${sizeBytes} bytes, hash right${alreadyThere ? '; it was already there' : resumed}`,
      )
      output.result({ ...report })
      return exitCodes.ok
    } finally {
      progress?.finish()
    }
  },
})
