import type { IRenderMime } from '@jupyterlab/rendermime-interfaces'

/** JSON of the model above which an output waits until it comes into view. */
const largeCharacters = 100_000

/** A renderer as the application makes them: a widget. */
type Renderer = IRenderMime.IRenderer & {
  readonly disposed: { connect(slot: () => void): boolean }
}

/** Draws what waits, by the element that it will fill. */
const waiting = new Map<Element, () => void>()

const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) waiting.get(target)?.()
})

/** Lets a renderer draw large models only when its element comes into view; small ones at once, as ever. */
export function deferRendering(renderer: Renderer): Renderer {
  const draw = renderer.renderModel.bind(renderer)
  let wanted: { model: IRenderMime.IMimeModel; drawn: Promise<void> } | undefined
  let isDrawn = false

  const wait = (model: IRenderMime.IMimeModel, characters: number): Promise<void> => {
    if (wanted !== undefined) {
      wanted.model = model
      return wanted.drawn
    }
    const { node } = renderer
    const drawn = new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        observer.unobserve(node)
        waiting.delete(node)
      }
      waiting.set(node, () => {
        leave()
        isDrawn = true
        const { model: latest } = wanted ?? { model }
        placeholder.remove()
        draw(latest).then(resolve, reject)
      })
      renderer.disposed.connect(leave)
    })
    const placeholder = placeholderOf(model, characters)
    node.append(placeholder)
    observer.observe(node)
    wanted = { model, drawn }
    return drawn
  }

  renderer.renderModel = (model) => {
    const characters = isDrawn || isIsolated(model) ? 0 : charactersOf(model.data)
    if (characters > largeCharacters) return wait(model, characters)
    const draws = waiting.get(renderer.node)
    if (draws === undefined || wanted === undefined) return draw(model)
    wanted.model = model
    draws()
    return wanted.drawn
  }
  return renderer
}

/** Draws all that waits within an element, one output in a turn of the page. */
export async function drawDeferred(within: Element): Promise<void> {
  for (const [node, draw] of [...waiting]) {
    if (!within.contains(node)) continue
    draw()
    await new Promise((resolve) => setTimeout(resolve))
  }
}

/** Outputs in frames of their own are drawn outside of the page first, where nothing comes into view. */
function isIsolated({ metadata }: IRenderMime.IMimeModel): boolean {
  const asksFor = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'isolated' in value && value.isolated === true
  return asksFor(metadata) || Object.values(metadata).some(asksFor)
}

function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let sum = 0
  for (const key in value) sum += charactersOf((value as Record<string, unknown>)[key])
  return sum
}

/** As high as the output will be, nearly: what is below should not move when it is drawn. */
function placeholderOf({ data }: IRenderMime.IMimeModel, characters: number): HTMLElement {
  const placeholder = document.createElement('div')
  placeholder.className = 'medtune-Deferred'
  placeholder.textContent = `Output of ${(characters / 1e6).toFixed(1)} MB: drawn when it comes into view.`
  const text = Object.entries(data).find(([type]) =>
    /^application\/vnd\.jupyter\.std(out|err)$/.test(type),
  )?.[1]
  if (typeof text === 'string')
    placeholder.style.height = `calc(${text.split('\n').length} * var(--jp-code-font-size) * var(--jp-code-line-height))`
  return placeholder
}
