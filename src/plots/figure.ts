/** Key of the method by which notebook kernels ask an object how to show itself. */
const displayMethod: unique symbol = Symbol.for('Jupyter.display') as never

/**
 * A plotly figure as plain data. In a notebook cell it shows itself: interactive where plotly is at hand, as SVG
 * elsewhere (GitHub, VS Code, exports), as a line of text on a terminal.
 */
export interface Figure {
  readonly data: readonly Readonly<Record<string, unknown>>[]
  readonly layout: Readonly<Record<string, unknown>>
}

export interface FigureParts extends Figure {
  /** Draws the same figure without plotly; called only when somebody looks. */
  readonly svg: () => string
  /** The figure in one line. */
  readonly text: string
}

/** The figure in three forms: plotly, SVG, text. */
export interface FigureBundle {
  readonly 'application/vnd.plotly.v1+json': Figure
  readonly 'image/svg+xml': string
  readonly 'text/plain': string
}

const bundles: WeakMap<Figure, () => FigureBundle> = new WeakMap()

export function makeFigure({ data, layout, svg, text }: FigureParts): Figure {
  const figure: Figure = { data, layout: { ...sharedLayout, ...layout } }
  const bundle = (): FigureBundle => ({
    'application/vnd.plotly.v1+json': figure,
    'image/svg+xml': svg(),
    'text/plain': text,
  })
  bundles.set(figure, bundle)
  Object.defineProperty(figure, displayMethod, { value: bundle })
  return figure
}

/**
 * @returns undefined for a figure that was not made here
 */
export function figureBundle(figure: Figure): FigureBundle | undefined {
  return bundles.get(figure)?.()
}

const sharedLayout: Readonly<Record<string, unknown>> = {
  margin: { l: 70, r: 24, t: 56, b: 60 },
  font: { family: 'system-ui, sans-serif', size: 13 },
  colorway: ['#2563eb', '#d97706', '#059669', '#dc2626', '#7c3aed'],
  hovermode: 'closest',
}

/** Plotly reads a little HTML in texts; what comes from data must stay text. */
export function plotlyText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
