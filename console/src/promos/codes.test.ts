import { expect, it } from 'vitest'
import { codesOf } from './codes'

it('takes codes as a spreadsheet and a letter have them, each once', () => {
  expect(codesOf(' A-1\r\nA-2;A-3, A-1\n\n\tB_4 ')).toEqual(['A-1', 'A-2', 'A-3', 'B_4'])
  expect(codesOf(' \n')).toEqual([])
})
