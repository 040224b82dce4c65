import { expect, test } from 'vitest'
import { compareVersions, meetsSpecifier } from './python-version.js'

test('compareVersions orders by numbers, not by letters', () => {
  expect(['12.10.1', '12.9.3.13', '12.9.3', '9.9'].sort(compareVersions)).toEqual([
    '9.9',
    '12.9.3',
    '12.9.3.13',
    '12.10.1',
  ])
  expect(compareVersions('2.21', '2.21.0')).toBe(0)
})

test.each([
  ['12.9.1.4', '<13.0,>=12.5.3.2', true],
  ['13.0.0', '<13.0,>=12.5.3.2', false],
  ['12.4', '<13.0,>=12.5.3.2', false],
  ['2.21.3', '==2.21.*', true],
  ['2.210.0', '==2.21.*', false],
  ['2.21.0', '==2.21', true],
  ['1.4.9', '~=1.4.2', true],
  ['1.5.0', '~=1.4.2', false],
  ['1.5.0', '!=1.5.0', false],
  ['1.5.1', '!=1.5.*', false],
  ['1.6', '>1.5,<=1.6', true],
  ['1.0rc1', '', false],
  ['1.0', '', true],
  ['1.0', '===1.0', false],
])('meetsSpecifier(%s, %s) is %s', (version, specifier, met) => {
  expect(meetsSpecifier(version, specifier)).toBe(met)
})
