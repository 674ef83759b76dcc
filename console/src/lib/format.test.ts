import { describe, expect, it } from 'vitest'
import { clockOf, instant, instantOf, money } from './format'
import { catalogue, spoken, type Key, type Values } from '../words'

const t = (key: Key, values?: Values) => spoken(catalogue[key], 'ru', values)

describe('an instant', () => {
  const now = new Date('2026-11-24T09:00:00Z')
  it('is told by the clock of the zone, and as today, tomorrow, yesterday', () => {
    expect(instant('ru', 'Asia/Yekaterinburg', new Date('2026-11-24T07:00:00Z'), now, t)).toBe('сегодня, 12:00')
    expect(instant('ru', 'Asia/Yekaterinburg', new Date('2026-11-24T20:00:00Z'), now, t)).toBe('завтра, 01:00')
    expect(instant('ru', 'Asia/Yekaterinburg', new Date('2026-11-22T20:00:00Z'), now, t)).toBe('вчера, 01:00')
  })
})

describe('a date and a time of a zone', () => {
  it.each([
    ['2026-11-26', '11:00', 'Asia/Yekaterinburg', '2026-11-26T06:00:00.000Z'],
    ['2026-07-01', '11:00', 'Europe/Berlin', '2026-07-01T09:00:00.000Z'],
    ['2026-12-01', '11:00', 'Europe/Berlin', '2026-12-01T10:00:00.000Z'],
    // Clocks are put forward from 02:00 to 03:00: half past two is never shown.
    ['2026-03-29', '02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ])('%s %s in %s', (date, time, zone, at) => {
    expect(instantOf(date, time, zone).toISOString()).toBe(at)
  })

  it('comes back as it was', () => {
    for (const zone of ['Asia/Vladivostok', 'America/New_York', 'Asia/Kolkata']) {
      expect(clockOf(instantOf('2026-06-05', '08:45', zone), zone)).toEqual({ date: '2026-06-05', time: '08:45' })
    }
  })
})

describe('money', () => {
  it('has no empty kopecks, and no-break spaces', () => {
    expect(money('ru', 'RUB', '313224.00')).toBe('313\u00a0224\u00a0₽')
    expect(money('ru', 'RUB', '26.09')).toBe('26,09\u00a0₽')
    expect(money('ru', 'JPY', '1200')).toMatch(/^1\u00a0200/)
  })
})
