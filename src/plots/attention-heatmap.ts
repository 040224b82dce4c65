import { MedtuneError } from '../errors.js'
import { formatTick } from './axes.js'
import { colorAt, colorScale } from './color-scale.js'
import { type Figure, makeFigure, plotlyText } from './figure.js'
import { type Box, colors, svgDocument, svgRect, svgText } from './svg.js'

export interface AttentionWeights {
  /** Tokens that look, one per row. */
  readonly queryTokens: readonly string[]
  /** Tokens looked at, one per column. */
  readonly keyTokens: readonly string[]
  /** Share of attention, [queries, keys]; rows sum to 1. */
  readonly weights: readonly ArrayLike<number>[]
}

export interface AttentionHeatmapOptions {
  readonly title?: string
}

/** Labels smaller than this cannot be read; every second, third … is left out instead. */
const MIN_LABEL_PX = 11
const margin = { left: 120, top: 64, right: 90, bottom: 120 } as const

/**
 * Which token looks at which: queries down, keys across.
 *
 * @throws MedtuneError INVALID_ARGUMENT when the weights are not [queries, keys]
 */
export function attentionHeatmap(attention: AttentionWeights, options: AttentionHeatmapOptions = {}): Figure {
  const { title = 'Attention' } = options
  const { queryTokens, keyTokens, weights } = attention
  if (weights.length !== queryTokens.length || weights.some((row) => row.length !== keyTokens.length)) {
    const got = `[${weights.length}, ${weights[0]?.length ?? 0}]`
    const message = `weights must be [queryTokens, keyTokens] = [${queryTokens.length}, ${keyTokens.length}]; got ${got}. Pass one head, or the mean over heads.`
    throw new MedtuneError('INVALID_ARGUMENT', message)
  }
  // Numbers as positions: a token that occurs twice must be two rows, and categories would join them.
  const axis = (tokens: readonly string[], name: string) => ({
    title: { text: name },
    tickmode: 'array',
    tickvals: tokens.map((_, index) => index),
    ticktext: tokens.map((token) => plotlyText(visible(token))),
    showgrid: false,
    zeroline: false,
  })
  return makeFigure({
    data: [
      {
        type: 'heatmap',
        z: weights.map((row) => Array.from(row)),
        colorscale: colorScale,
        colorbar: { title: { text: 'weight' } },
        hovertemplate: '%{y} → %{x}: %{z:.3f}<extra></extra>',
      },
    ],
    layout: {
      title: { text: plotlyText(title) },
      xaxis: { ...axis(keyTokens, 'key'), tickangle: -60 },
      yaxis: { ...axis(queryTokens, 'query'), autorange: 'reversed' },
      height: Math.max(420, queryTokens.length * 16 + 200),
    },
    svg: () => draw(title, attention),
    text: `${title}: ${queryTokens.length} × ${keyTokens.length} attention weights`,
  })
}

/** Blanks and line ends have a shape, or labels would be empty. */
function visible(token: string): string {
  return token.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥')
}

function draw(title: string, { queryTokens, keyTokens, weights }: AttentionWeights): string {
  const cell = Math.max(4, Math.min(28, 640 / Math.max(1, keyTokens.length, queryTokens.length)))
  const box: Box = {
    left: margin.left,
    top: margin.top,
    width: Math.max(160, cell * keyTokens.length),
    height: Math.max(120, cell * queryTokens.length),
  }
  const [cellWidth, cellHeight] = [box.width / keyTokens.length, box.height / queryTokens.length]
  const max = weights.reduce((high, row) => Math.max(high, ...Array.from(row)), 1e-9)
  const cells = weights.flatMap((row, y) =>
    Array.from(row, (weight, x) => {
      const place = {
        left: box.left + x * cellWidth,
        top: box.top + y * cellHeight,
        width: cellWidth,
        height: cellHeight,
      }
      return svgRect(place, colorAt(weight / max))
    }),
  )
  const every = (size: number) => Math.max(1, Math.ceil(MIN_LABEL_PX / size))
  const keys = labels(keyTokens, every(cellWidth), (token, index) => {
    const [x, y] = [box.left + (index + 0.5) * cellWidth + 4, box.top + box.height + 14]
    return svgText(x, y, token, { anchor: 'end', rotate: -60, size: 11 })
  })
  const queries = labels(queryTokens, every(cellHeight), (token, index) =>
    svgText(box.left - 6, box.top + (index + 0.5) * cellHeight + 4, token, { anchor: 'end', size: 11 }),
  )
  const size = { width: box.left + box.width + margin.right, height: box.top + box.height + margin.bottom }
  return svgDocument(size, title, [
    svgText(box.left + box.width / 2, box.top - 24, title, { size: 16, isBold: true }),
    `<g shape-rendering="crispEdges">${cells.join('')}</g>`,
    ...keys,
    ...queries,
    svgText(box.left + box.width / 2, size.height - 14, 'key', { size: 13 }),
    svgText(20, box.top + box.height / 2, 'query', { size: 13, rotate: -90 }),
    ...legend(box, max),
  ])
}

function labels(
  tokens: readonly string[],
  every: number,
  label: (token: string, index: number) => string,
): string[] {
  const shorten = (token: string) => (token.length > 14 ? `${token.slice(0, 13)}…` : token)
  return tokens.flatMap((token, index) =>
    index % every === 0 ? [label(shorten(visible(token)), index)] : [],
  )
}

/** The colours beside the picture, from the largest weight down to 0. */
function legend(box: Box, max: number): string[] {
  const steps = 40
  const left = box.left + box.width + 20
  const height = box.height / steps
  const bar = Array.from({ length: steps }, (_, index) => {
    const place = { left, top: box.top + index * height, width: 14, height: height + 0.5 }
    return svgRect(place, colorAt(1 - index / (steps - 1)))
  })
  return [
    ...bar,
    svgText(left + 20, box.top + 10, formatTick(Number(max.toPrecision(2))), {
      anchor: 'start',
      color: colors.muted,
    }),
    svgText(left + 20, box.top + box.height, '0', { anchor: 'start', color: colors.muted }),
  ]
}
