import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { MedtuneError } from '../errors.js'
import { type PromptTemplate, promptTemplates, templateMarkers, withoutMarkers } from './prompt-template.js'

/**
 * A prompt template by its name (`alpaca`, `chatml`), or of a text file with `{instruction}`, `{input}` and `{output}` in
 * their places. What stands before `{output}` is the prompt; the output and what follows it is the completion.
 *
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; INVALID_ARGUMENT for a file without those places
 */
export async function findPromptTemplate(nameOrFile: string): Promise<PromptTemplate> {
  const known = promptTemplates[nameOrFile]
  if (known !== undefined) return known
  if (!existsSync(nameOrFile)) {
    throw new MedtuneError(
      'FILE_NOT_FOUND',
      `promptTemplate must be one of ${Object.keys(promptTemplates).join(', ')} or a text file; there is no file ${nameOrFile}.` +
        ' Write one with {instruction}, {input} and {output} in their places.',
    )
  }
  let text: string
  try {
    text = await readFile(nameOrFile, 'utf8')
  } catch (cause) {
    const message = `${nameOrFile} must be a readable text file. Check its permissions.`
    throw new MedtuneError('FILE_UNREADABLE', message, { cause })
  }
  return parsePromptTemplate(nameOrFile, text)
}

const places = /\{(instruction|input|output)\}/g

/**
 * @param name what to call it: where the text came from
 * @throws INVALID_ARGUMENT unless `{output}` stands in it once and `{input}` before it
 */
export function parsePromptTemplate(name: string, text: string): PromptTemplate {
  const [before = '', after, ...others] = text.replace(/^\uFEFF/, '').split('{output}')
  if (
    after === undefined ||
    others.length > 0 ||
    !before.includes('{input}') ||
    /\{(instruction|input)\}/.test(after)
  ) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `the prompt template ${name} must hold {output} once, {input} before it, and neither {input} nor {instruction} behind it.` +
        ' Example: "### Question:\\n{instruction}\\n{input}\\n### Answer:\\n{output}".',
    )
  }
  const markers = templateMarkers(text)
  return {
    name,
    markers,
    format: ({ instruction, input, output }) => {
      const values: Record<string, string> = {
        instruction: withoutMarkers(instruction, markers),
        input: withoutMarkers(input, markers),
      }
      // One pass: what a record holds is never looked at for places.
      const prompt = before.replace(places, (place, field: string) => values[field] ?? place)
      // The line end of the file's last line is not part of an answer.
      const end = after.replace(/\r?\n$/, '')
      return { prompt, completion: output === undefined ? '' : withoutMarkers(output, markers) + end }
    },
  }
}
