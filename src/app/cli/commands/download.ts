import path from 'node:path'
import { MedtuneError } from '../../../errors.js'
import { planSnapshot } from '../../../hub/download-snapshot.js'
import { hubSettings } from '../../../hub/hub-settings.js'
import { parseRepoReference, repoName } from '../../../hub/repo-reference.js'
import { resolveModelFolder } from '../../../hub/resolve-model-folder.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import { hubProgress } from '../hub-progress.js'

export const downloadCommand: Command = defineCommand({
  name: 'download',
  description:
    'Download what training needs of a model (settings, tokenizer, safetensors) into the cache that Python uses too.\n' +
    'A download that broke off goes on where it stopped; every file is checked against its hash.\n' +
    'HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean to `hf download`.',
  usage: 'download REPO',
  maxPositionals: 1,
  options: {
    revision: { type: 'string', valueName: 'REV', description: 'Branch, tag or commit (default: main).' },
    dryRun: { type: 'boolean', default: false, description: 'Only list the files and their sizes.' },
    cacheDir: { type: 'string', valueName: 'DIR', description: 'Cache (default: $HF_HUB_CACHE).' },
  },
  examples: [
    { command: 'medtune download unsloth/llama-3-8b-bnb-4bit', does: 'Brings the documented base model.' },
    {
      command: 'medtune download unsloth/llama-3-8b-bnb-4bit --revision main --dry-run',
      does: 'Says how much that would be.',
    },
  ],
  async run({ values, positionals, output, signal }) {
    const { revision, dryRun, cacheDir } = values
    const [given = ''] = positionals
    const repo = parseRepoReference(given, revision)
    if (repo === undefined) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `REPO must be organization/name of a repository; got "${given}". See medtune download --help.`,
      )
    }
    const fromEnvironment = hubSettings()
    const settings =
      cacheDir === undefined
        ? fromEnvironment
        : { ...fromEnvironment, cacheDirectory: path.resolve(cacheDir) }
    const hub = { ...hubProgress(output), signal, settings }
    if (!dryRun) {
      const folder = await resolveModelFolder(repoName(repo), hub)
      output.print(folder)
      output.result({ repository: repo.id, revision: repo.revision, folder })
      return exitCodes.ok
    }
    const { commit, files, missingBytes, folder } = await planSnapshot({ ...hub, repo }, 'all')
    for (const { name, sizeBytes, isCached } of files) {
      output.print(`${megabytes(sizeBytes).padStart(12)}  ${name}${isCached ? '  (in the cache)' : ''}`)
    }
    output.print(`To download: ${megabytes(missingBytes)} at commit ${commit}`)
    output.result({ repository: repo.id, revision: repo.revision, commit, folder, files, missingBytes })
    return exitCodes.ok
  },
})

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
