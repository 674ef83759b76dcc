import { describe, expect, it } from 'vitest'
import type { Listed } from '../api/shapes'
import { daysOf, monthOf, startsOf } from './week'

const listed = (id: number, start_at?: string): Listed => ({ id, name: `№ ${id}`, state: 'scheduled', created_at: '2026-11-01T00:00:00Z', ...(start_at ? { start_at } : {}) })

describe('a week', () => {
  it('begins on Monday by the clocks of the zone', () => {
    // Sunday evening in London is Monday morning in Vladivostok.
    const now = new Date('2026-11-29T20:00:00Z')
    expect(daysOf(now, 'Europe/London', 0)[0]).toBe('2026-11-23')
    expect(daysOf(now, 'Asia/Vladivostok', 0)[0]).toBe('2026-11-30')
    expect(daysOf(now, 'Europe/London', 1)).toEqual(daysOf(now, 'Asia/Vladivostok', 0))
  })

  it('has each start once, on its day, in order', () => {
    const days = daysOf(new Date('2026-11-24T09:00:00Z'), 'Asia/Yekaterinburg', 0)
    const starts = startsOf([listed(1, '2026-11-26T20:00:00Z'), listed(2, '2026-11-27T03:00:00Z'), listed(2, '2026-11-27T03:00:00Z'), listed(3), listed(4, '2026-12-30T00:00:00Z')], days, 'Asia/Yekaterinburg')
    expect(starts.get('2026-11-27')?.map((it) => [it.mailing.id, it.time])).toEqual([[1, '01:00'], [2, '08:00']])
    expect([...starts.values()].flat()).toHaveLength(2)
  })
})

describe('a month', () => {
  it('is whole weeks from Monday, by the clocks of a zone', () => {
    // At 22:00 UTC of 30 November it is December in Yekaterinburg.
    const { month, days } = monthOf(new Date('2026-11-30T22:00:00Z'), 'Asia/Yekaterinburg', 0)
    expect([month, days[0], days.at(-1), days.length]).toEqual(['2026-12', '2026-11-30', '2027-01-03', 35])
    expect(monthOf(new Date('2026-11-30T12:00:00Z'), 'Asia/Yekaterinburg', 3)).toMatchObject({ month: '2027-02', days: { length: 28 } })
  })

  it('has each start of a mailing that starts again and again', () => {
    const it = { id: 1, name: 'a', state: 'draft' as const, created_at: '' }
    const starts = startsOf([{ ...it, start_at: '2026-12-04T09:00:00Z' }, { ...it, start_at: '2026-12-11T09:00:00Z' }, { ...it, start_at: '2026-12-04T09:00:00Z' }], ['2026-12-04', '2026-12-11'], 'UTC')
    expect([...starts.values()].map((day) => day.length)).toEqual([1, 1])
  })
})
