import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { exportHtml } from '../../notebook/export-html.js'
import { exportMarkdown } from '../../notebook/export-markdown.js'
import { exportScript } from '../../notebook/export-script.js'
import type { Notebook } from '../../notebook/nbformat.js'
import { parseNotebook } from '../../notebook/parse-notebook.js'
import { type DoctorReport, diagnose } from '../cli/doctor-report.js'
import type { ContentStore } from './content-store.js'
import { HttpError } from './http-error.js'

/** `/medtune/api/state` for the start page and `/medtune/api/export` for the Export menu. */
export function addMedtuneRoutes(app: FastifyInstance, store: ContentStore): void {
  // Starting every backend takes seconds: once, on the first question.
  let report: Promise<DoctorReport> | undefined
  app.get('/medtune/api/state', async () => {
    report ??= diagnose()
    const [{ medtune, backends, defaultModel, dataset }, notebooks] = await Promise.all([
      report,
      listNotebooks(store),
    ])
    return {
      version: medtune,
      backends: backends.map(({ name, starts }) => ({ name, starts })),
      model: { isPresent: defaultModel.present },
      data: { isPresent: dataset.present && !dataset.isSample },
      notebooks,
    }
  })
  app.post<{ Body: { path?: unknown; format?: unknown } | null }>(
    '/medtune/api/export',
    async ({ body }, reply) => {
      if (typeof body?.path !== 'string') throw new HttpError(400, 'path must name a notebook.')
      const notebook = parseNotebook((await store.bytes(body.path)).toString('utf8'), body.path)
      const exported = await exportAs(notebook, path.posix.basename(body.path), body.format)
      return reply.header('content-disposition', 'attachment').type(exported.type).send(exported.text)
    },
  )
}

async function exportAs(
  notebook: Notebook,
  name: string,
  format: unknown,
): Promise<{ type: string; text: string }> {
  switch (format) {
    case 'script':
      return { type: 'text/typescript', text: await exportScript(notebook, { name, folder: '' }) }
    case 'markdown':
      return { type: 'text/markdown', text: markdownInOneFile(notebook) }
    case 'html':
      return { type: 'text/html', text: await exportHtml(notebook, name.replace(/\.ipynb$/, '')) }
    default:
      throw new HttpError(400, 'format must be script, markdown or html.')
  }
}

/** A download is one file: its images go into it. */
function markdownInOneFile(notebook: Notebook): string {
  const { markdown, files } = exportMarkdown(notebook, 'images')
  let text = markdown
  for (const [file, bytes] of files) {
    const type = file.endsWith('.svg') ? 'image/svg+xml' : `image/${path.extname(file).slice(1)}`
    text = text.replaceAll(file, `data:${type};base64,${Buffer.from(bytes).toString('base64')}`)
  }
  return text
}

async function listNotebooks(store: ContentStore): Promise<{ path: string; title: string }[]> {
  const names = await store.folder
    .withFolder(['notebooks'], (folder) => readdir(folder))
    .catch((): string[] => [])
  const notebooks = names.filter((name) => name.endsWith('.ipynb') && !name.startsWith('.')).sort()
  return Promise.all(
    notebooks.map(async (name) => {
      const file = `notebooks/${name}`
      return { path: file, title: (await titleOf(store, file)) ?? name }
    }),
  )
}

/** The first heading. */
async function titleOf(store: ContentStore, file: string): Promise<string | undefined> {
  try {
    const { cells } = parseNotebook((await store.bytes(file)).toString('utf8'), file)
    const text = cells.filter(({ cell_type }) => cell_type === 'markdown').map(({ source }) => source)
    return /^#\s+(.+)$/m.exec(text.join('\n'))?.[1]
  } catch {
    return undefined
  }
}
