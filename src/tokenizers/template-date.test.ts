import { expect, test } from 'vitest'
import { createChatTemplate } from './chat-template.js'
import { formatDate } from './template-date.js'

const date = new Date(2026, 2, 7, 4, 5, 6)

test('directives are written as Python writes them in English', () => {
  expect(formatDate(date, '%d %b %Y, %A %B %a %y-%m %H:%M:%S 100%% %Q')).toBe(
    '07 Mar 2026, Saturday March Sat 26-03 04:05:06 100% %Q',
  )
})

test('a template that asks for the date gets the one it is given, and today without one', () => {
  const source = "{% if strftime_now is defined %}{{ strftime_now('%d %B %Y') }}{% endif %}"
  const tokens = { bosToken: undefined, eosToken: undefined, padToken: undefined, unkToken: undefined }
  const template = createChatTemplate('here', { default: source }, tokens)
  expect(template?.render([], { date })).toBe('07 March 2026')
  expect(template?.render([])).toBe(formatDate(new Date(), '%d %B %Y'))
})
