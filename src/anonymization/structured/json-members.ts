import type { TextRange } from '../recognizer.js'
import { entityOfMember } from './member-entity.js'
import type { AddValue } from './structured-values.js'
import { addValue } from './value-check.js'

interface Member {
  /** Names from the outermost member to this one; those of lists are their member's. */
  readonly path: readonly string[]
  readonly range: TextRange
}

interface Frame {
  readonly isObject: boolean
  /** The member that holds this object or list. */
  readonly holder: string
  /** The member being read. */
  name: string
  readonly members: Member[]
}

const mostDepth = 32
const longestString = 300
const anyMember = /"[\w$ -]{1,40}"\s{0,4}:/

/** Adds the members of JSON objects, whole or cut off, that hold identifiers: FHIR resources, answers of services. */
export function readJsonMembers(text: string, add: AddValue): void {
  if (!anyMember.test(text)) return
  const frames: Frame[] = [{ isObject: true, holder: '', name: '', members: [] }]
  for (let at = 0; at < text.length; ) {
    const unit = text[at]
    const frame = frames.at(-1)
    if (frame === undefined) return
    if (unit === '"') at = readString(text, at, frames, frame)
    else if (unit === '{' || unit === '[') {
      if (frames.length < mostDepth)
        frames.push({
          isObject: unit === '{',
          holder: frame.name,
          name: unit === '[' ? frame.name : '',
          members: [],
        })
      at++
    } else if (unit === '}' || unit === ']') {
      if (frames.length > 1 && frame.isObject === (unit === '}')) {
        frames.pop()
        settle(text, frame, add)
      }
      at++
    } else if (unit !== undefined && unit >= '0' && unit <= '9' && text[at - 1] !== '.')
      at = readNumber(text, at, frames, frame)
    else at++
  }
  for (const frame of frames.reverse()) settle(text, frame, add)
}

/** Reads a string from its quote; one before a colon names the member that follows. Returns where reading goes on. */
function readString(text: string, quote: number, frames: readonly Frame[], frame: Frame): number {
  let end = quote + 1
  while (end < text.length && text[end] !== '"' && text[end] !== '\n' && end - quote <= longestString)
    end += text[end] === '\\' ? 2 : 1
  if (text[end] !== '"') return end
  let next = end + 1
  while (next < end + 4 && /\s/.test(text[next] ?? '')) next++
  if (text[next] === ':' && frame.isObject) {
    frame.name = text.slice(quote + 1, end)
    return next + 1
  }
  push(frames, frame, { start: quote + 1, end })
  return end + 1
}

const longestNumber = 20

function readNumber(text: string, start: number, frames: readonly Frame[], frame: Frame): number {
  let end = start
  while (end < text.length && /[\d.]/.test(text[end] ?? '') && end - start <= longestNumber) end++
  if (/[:[,\s]/.test(text[start - 1] ?? '')) push(frames, frame, { start, end })
  return end
}

function push(frames: readonly Frame[], frame: Frame, range: TextRange): void {
  if (frame.name === '' || range.end <= range.start) return
  const path = frames
    .map(({ name }) => name)
    .filter((name, index, all) => name !== '' && name !== all[index - 1])
  frame.members.push({ path, range })
}

const mostSiblings = 40

/** Reads what an object holds once all its members are known: a telecom's system, an identifier's type. */
function settle(text: string, frame: Frame, add: AddValue): void {
  const siblings = frame.members.slice(0, mostSiblings)
  const siblingOf = (name: string): string | undefined => {
    const member = siblings.find(({ path }) => path.at(-1) === name)
    return member === undefined ? undefined : text.slice(member.range.start, member.range.end)
  }
  for (const { path, range } of frame.members) {
    const value = text.slice(range.start, range.end)
    const member = entityOfMember(path, value, siblingOf)
    if (member !== undefined)
      addValue(text, { start: range.start + (member.skip ?? 0), end: range.end }, member.entity, add)
  }
}
