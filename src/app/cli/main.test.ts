import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { rawRecord, temporaryFolder } from '../../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../../datasets/default-dataset.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { commands } from './commands.js'

const root = temporaryFolder()
const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')

function freshFolder(): string {
  return mkdtempSync(path.join(root, 'cli-'))
}

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function medtune(args: string[], cwd: string = freshFolder(), env: Record<string, string> = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { code: status, stdout, stderr }
}

function lastJson(text: string): Record<string, unknown> {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
}

describe('help', () => {
  test('lists every command', () => {
    const { code, stdout } = medtune(['--help'])
    expect(code).toBe(0)
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 10)}`, 'm'))
  })

  test('without a command it goes to stderr, as a usage error', () => {
    const { code, stdout, stderr } = medtune([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: medtune COMMAND')
  })

  test.each(commands.map(({ name }) => [name]))('%s --help has usage, options and examples', async (name) => {
    const { code, stdout } = medtune([name, '--help'])
    expect(code).toBe(0)
    for (const part of [`Usage: medtune ${name}`, '--json', 'Examples:\n  ']) expect(stdout).toContain(part)
    expect(medtune(['help', name]).stdout).toBe(stdout)
  })

  test.each(commands.map((entry) => [entry.name, entry] as const))(
    '%s is defined under the name it is listed by',
    async (name, entry) => {
      const command = await entry.load()
      expect(command.name).toBe(name)
      expect(command.examples.length).toBeGreaterThan(0)
      expect(command.usage.startsWith(name)).toBe(true)
    },
  )

  test('--version', () => {
    const { version } = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8'))
    expect(medtune(['--version']).stdout).toBe(`${version}\n`)
  })
})

describe('failures', () => {
  test.each<[string[], number, string]>([
    [['nonsense'], 2, 'INVALID_ARGUMENT'],
    [['prepare', '--nonsense'], 2, 'INVALID_ARGUMENT'],
    [['prepare', '--layout', 'x'], 2, 'INVALID_ARGUMENT'],
    [['prepare', '--input', 'absent.json'], 3, 'FILE_NOT_FOUND'],
    [['prepare', '--format'], 3, 'FILE_NOT_FOUND'],
    [['prepare', '--config', 'absent.json'], 3, 'FILE_NOT_FOUND'],
    [['prepare', '--input', bin], 4, 'INVALID_DATASET'],
    [['fetch-data', '--url', 'http://127.0.0.1:1/x'], 5, 'NETWORK'],
  ])('%j: exit %i, %s on stderr and as the JSON object', (args, exitCode, errorCode) => {
    const { code, stdout, stderr } = medtune([...args, '--json'])
    expect(code).toBe(exitCode)
    expect(stderr).toContain(`medtune: ${errorCode}: `)
    expect(stderr).not.toContain('    at ')
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: errorCode } })
  })

  test('a missing dataset names the commands that make it', () => {
    expect(medtune(['prepare', '--format']).stderr).toMatch(/fetch-data.*prepare --all/)
  })
})

describe('prepare', () => {
  test('falls back to the sample and says so', () => {
    const cwd = freshFolder()
    const { code, stdout } = medtune(['prepare', '--all'], cwd)
    const usesSample = !existsSync(path.join(repositoryRoot, 'data/pubmedqa/ori_pqal.json'))
    expect(code).toBe(0)
    if (usesSample) expect(stdout).toContain('the authored sample is used')
    expect(readdirSync(path.join(cwd, 'data/prepared')).sort()).toEqual([
      'anonymization_audit.json',
      'formatted_medical_dataset.json',
      'medical_tuning_data.json',
    ])
  })

  test('reads data/pubmedqa of the working folder; says how many test records are kept out', () => {
    const cwd = freshFolder()
    mkdirSync(path.join(cwd, 'data/pubmedqa'), { recursive: true })
    const records = { 12377809: rawRecord, 26163474: rawRecord, 1: rawRecord }
    writeFileSync(path.join(cwd, 'data/pubmedqa/ori_pqal.json'), JSON.stringify(records))
    const { stdout } = medtune(['prepare'], cwd)
    expect(stdout).toContain('3 records, 0 left out')
    expect(stdout).toContain('1 training examples')
    expect(stdout).toContain('2 official PubMedQA test records kept out')
    expect(medtune(['prepare', '--include_test_split'], cwd).stdout).toContain('3 training examples')
  })

  test('--json: one object, alone on stdout; --quiet: nothing', () => {
    const args = ['prepare', '--input', sampleDatasetFile, '--layout', 'jsonl']
    const { stdout } = medtune([...args, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ profile: 'literature', layout: 'jsonl', isFitForTraining: true, validShare: 1 },
      ...{ preprocess: { total: 52 }, validation: { valid: 52 }, format: { examples: 52 } },
    })
    expect(medtune([...args, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('too few valid records: problems by id and field, exit 1', () => {
    const cwd = freshFolder()
    const canary = 'zq canary zq'
    const file = path.join(cwd, 'bad.json')
    writeFileSync(
      file,
      JSON.stringify({ a: rawRecord, b: { ...rawRecord, QUESTION: [canary], MESHES: canary } }),
    )
    const { code, stdout, stderr } = medtune(['prepare', '--input', file, '--output-dir', 'out'], cwd)
    expect(code).toBe(1)
    expect(stdout).toContain('record b: QUESTION must be a text that is not blank')
    expect(stdout).toContain('record b: MESHES must be a list of texts')
    expect(stdout).toContain('Fewer than 95 %')
    expect(stdout + stderr).not.toContain(canary)
    expect(readdirSync(path.join(cwd, 'out')).sort()).toEqual([
      'anonymization_audit.json',
      'medical_tuning_data.json',
    ])
  })

  test('options from a config file, a flag over it', () => {
    const cwd = freshFolder()
    const config = {
      input: sampleDatasetFile,
      output_dir: 'from-config',
      layout: 'rows',
      profile: 'documented',
    }
    writeFileSync(path.join(cwd, 'config.json'), JSON.stringify(config))
    const { stdout } = medtune(['prepare', '--config', 'config.json', '--layout', 'columns', '--json'], cwd)
    expect(lastJson(stdout)).toMatchObject({ layout: 'columns', profile: 'documented' })
    expect(existsSync(path.join(cwd, 'from-config/formatted_medical_dataset.json'))).toBe(true)
  })
})

describe('interruption', () => {
  /** The sample's records 400 times over: seconds of work. */
  function longDataset(folder: string): string {
    const sample: Record<string, unknown> = JSON.parse(readFileSync(sampleDatasetFile, 'utf8'))
    const file = path.join(folder, 'long.json')
    const entries = Array.from({ length: 400 }, (_, i) =>
      Object.entries(sample).map(([id, record]) => [`${id}-${i}`, record]),
    )
    writeFileSync(file, JSON.stringify(Object.fromEntries(entries.flat())))
    return file
  }

  async function until(isTrue: () => boolean, child: ChildProcess): Promise<void> {
    while (!isTrue() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s: exit 130, no half file', async (signal) => {
    const cwd = freshFolder()
    const out = path.join(cwd, 'out')
    const child = spawn(process.execPath, [
      bin,
      'prepare',
      '--input',
      longDataset(cwd),
      '--output-dir',
      out,
      '--json',
    ])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (text) => (stdout += text))
    child.stderr.on('data', (text) => (stderr += text))
    const closed = once(child, 'close')
    await until(() => existsSync(out) && readdirSync(out).length > 0, child)
    child.kill(signal)
    expect(await closed).toEqual([130, null])
    expect(readdirSync(out)).toEqual([])
    expect(stderr).toContain('INTERRUPTED')
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } })
  })
})

test('leaving at once (a second Ctrl-C) leaves no half file either', () => {
  const cwd = freshFolder()
  const script = `
    const { writeFileAtomically } = await import(process.argv[1])
    await writeFileAtomically(process.argv[2] + '/data.json', async (append) => {
      await append('x'.repeat(1e6))
      process.exit(130)
    })`
  const module = path.join(repositoryRoot, 'dist/atomic-file.js')
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, module, cwd])
  expect([status, readdirSync(cwd)]).toEqual([130, []])
})

test('fetch-data reads the address from --url, else from MEDTUNE_PUBMEDQA_URL', () => {
  const env = { MEDTUNE_PUBMEDQA_URL: 'ftp://mirror.example/from-env' }
  expect(medtune(['fetch-data'], undefined, env).stderr).toContain('from-env')
  expect(medtune(['fetch-data', '--url', 'ftp://mirror.example/from-flag'], undefined, env).stderr).toContain(
    'from-flag',
  )
})

test('a reader that closes the pipe early is no failure', () => {
  const line = `"${process.execPath}" "${bin}" prepare --help | head -n 1`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('Anonymize')
})
