import { describe, expect, it } from 'vitest'
import { asked } from './shortcuts'
import { fits } from '../lib/fits'
import { isTyped } from '../lib/danger'

describe('keys', () => {
  it('lead to sections after g, on a Russian keyboard too', () => {
    expect(asked('m', 'g').to).toBe('/mailings')
    expect(asked('ь', asked('п', '').next).to).toBe('/mailings')
    expect(asked('x', 'g')).toEqual({ next: '' })
  })
  it('make, move, search and help', () => {
    expect(asked('n', '').to).toBe('/mailings/new')
    expect(asked('j', '').move).toBe(1)
    expect(asked('л', '').move).toBe(-1)
    expect(asked('/', '').search).toBe(true)
    expect(asked('?', '').help).toBe(true)
  })
})

describe('the palette', () => {
  it('finds by all the words that were typed', () => {
    expect(fits('Чёрная пятница: старт', 'пятн чёр')).toBe(true)
    expect(fits('Чёрная пятница: старт', 'пятница финал')).toBe(false)
  })
})

describe('a dangerous thing', () => {
  it('wants the number of people, however it is spaced', () => {
    expect(isTyped(3318, '3 318')).toBe(true)
    expect(isTyped(3318, '3381')).toBe(false)
    expect(isTyped(3318, '')).toBe(false)
    expect(isTyped(99, '')).toBe(true)
  })
})
