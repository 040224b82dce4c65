import type { CausalLM } from '../models/causal-lm.js'
import type { KVCache } from '../models/kv-cache.js'
import { logProbabilities } from './log-probability.js'

/** Candidates that begin with the same tokens. */
interface Node {
  readonly path: readonly number[]
  readonly children: Map<number, Node>
  /** Candidates that end here. */
  ends: number
  /** log P of the children's tokens, once somebody asked. */
  scores: ReadonlyMap<number, number> | undefined
}

/**
 * Candidates that go on from one prompt, as a tree of their tokens: beginnings that many share run once, and only where
 * they can still matter.
 */
export class CandidateTree {
  private readonly root: Node = newNode([])

  /**
   * @param cache holds the prompt
   * @param first logits after the prompt, float32 [V]
   * @param rests tokens of each candidate, at least one
   */
  constructor(
    private readonly model: CausalLM,
    private readonly cache: KVCache,
    private readonly first: Float32Array,
    rests: readonly (readonly number[])[],
  ) {
    for (const rest of rests) {
      let node = this.root
      for (const [depth, id] of rest.entries()) {
        const child = node.children.get(id) ?? newNode(rest.slice(0, depth + 1))
        node.children.set(id, child)
        node = child
      }
      node.ends++
    }
  }

  /**
   * Position of a candidate among all, from 1, likeliest first; half-way among equals. No likelihood grows with its
   * tokens, so that a beginning less likely than the whole candidate is not followed.
   *
   * @see Carlini et al., "The Secret Sharer" (2019), section 7: extraction as a shortest-path search
   */
  async rank(rest: readonly number[]): Promise<number> {
    let [node, target] = [this.root, 0]
    for (const id of rest) {
      target += (await this.childScores(node)).get(id) ?? Number.NEGATIVE_INFINITY
      node = node.children.get(id) ?? node
    }
    let [above, equal] = [0, 0]
    const open: [Node, number][] = [[this.root, 0]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [from, score] = next
      const scores = await this.childScores(from)
      for (const [id, child] of from.children) {
        const reached = score + (scores.get(id) ?? Number.NEGATIVE_INFINITY)
        if (reached < target) continue
        if (reached > target) above += child.ends
        else equal += child.ends
        if (child.children.size > 0) open.push([child, reached])
      }
    }
    // The candidate itself is among the equals.
    return above + (equal + 1) / 2
  }

  private async childScores(node: Node): Promise<ReadonlyMap<number, number>> {
    if (node.scores === undefined) {
      const ids = [...node.children.keys()]
      const logits = await this.logitsAfter(node.path)
      const scores = logProbabilities(logits, ids)
      node.scores = new Map(ids.map((id, i) => [id, scores[i] ?? Number.NEGATIVE_INFINITY]))
    }
    return node.scores
  }

  private async logitsAfter(path: readonly number[]): Promise<Float32Array> {
    if (path.length === 0) return this.first
    const logits = await this.model.peek(path, this.cache)
    return logits.subarray(-logits.length / path.length)
  }
}

function newNode(path: readonly number[]): Node {
  return { path, children: new Map(), ends: 0, scores: undefined }
}
