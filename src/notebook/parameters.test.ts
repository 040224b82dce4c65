import { expect, test } from 'vitest'
import { codeCell, makeNotebook } from './notebook.fixture.js'
import { injectParameters } from './parameters.js'

const withParameters = () =>
  makeNotebook(
    codeCell('1'),
    codeCell("let steps = 20\nlet name = 'x', list: number[] = []\nlet label: string\nconst fixed = 1", {
      metadata: { tags: ['parameters'] },
    }),
    codeCell('2'),
  )

test('values are assigned after the cell that declares them; text is read as what the variable is', async () => {
  const notebook = withParameters()
  await injectParameters(notebook, { steps: '5', name: '7', list: '[1, 2]', label: 'true' })
  expect(notebook.cells.map(({ metadata }) => metadata.tags)).toEqual([
    undefined,
    ['parameters'],
    ['injected-parameters'],
    undefined,
  ])
  expect(notebook.cells[2]?.source).toBe('// Parameters\nsteps = 5\nname = "7"\nlist = [1,2]\nlabel = "true"')
})

test('a second run replaces the injected cell', async () => {
  const notebook = withParameters()
  await injectParameters(notebook, { steps: 1 })
  await injectParameters(notebook, { steps: 2 })
  expect(notebook.cells).toHaveLength(4)
  expect(notebook.cells[2]?.source).toContain('steps = 2')
})

test('a name that is not declared with let is refused, with the names that are', async () => {
  for (const name of ['nothing', 'fixed']) {
    await expect(injectParameters(withParameters(), { [name]: 1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('steps, name, list, label'),
    })
  }
})

test('a notebook without the tagged cell is refused, and left alone without values', async () => {
  const notebook = makeNotebook(codeCell('1'))
  await expect(injectParameters(notebook, { a: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await injectParameters(notebook, {})
  expect(notebook.cells).toHaveLength(1)
})
