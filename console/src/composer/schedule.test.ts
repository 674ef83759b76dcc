import { describe, expect, it } from 'vitest'
import { partsOf, ruleOf, scheduleOf, startOf, startOfSchedule, type Start } from './schedule'

describe('a start', () => {
  const recurring: Start = { way: 'recurring', from: '2026-12-04', time: '12:00', rule: 'FREQ=WEEKLY;BYDAY=FR', zone: 'Europe/Moscow', own: null, rest: 14 }

  it('now, and at an instant, is a launch', () => {
    expect([scheduleOf({ way: 'now' }), startOf({ way: 'now' })]).toEqual([null, null])
    const at: Start = { way: 'at', date: '2026-12-24', time: '10:00', zone: 'Europe/Moscow' }
    expect([scheduleOf(at), startOf(at)?.toISOString()]).toEqual([null, '2026-12-24T07:00:00.000Z'])
  })

  it('at guests’ own time and again and again is a schedule as the API has it', () => {
    expect(scheduleOf({ way: 'local', date: '2026-12-24', time: '10:00', past: 'skip' })).toEqual({ local: { date: '2026-12-24', time: '10:00', past: 'skip' } })
    expect(scheduleOf(recurring)).toEqual({ recurring: { from: '2026-12-04', rule: 'FREQ=WEEKLY;BYDAY=FR', time: '12:00', zone: 'Europe/Moscow', rest_days: 14 } })
  })

  it('has either a zone or guests’ own time, never both', () => {
    expect(scheduleOf({ ...recurring, own: 'next_day', rest: 0 })).toEqual({ recurring: { from: '2026-12-04', rule: 'FREQ=WEEKLY;BYDAY=FR', time: '12:00', local: 'next_day' } })
  })

  it.each([recurring, { ...recurring, own: 'skip' as const }, { way: 'local' as const, date: '2026-12-24', time: '10:00', past: 'send_now' as const }])('$way is read as it was written', (start) => {
    expect(startOfSchedule(scheduleOf(start) ?? {}, 'Europe/Moscow')).toEqual(start)
  })
})

describe('a rule', () => {
  it.each(['FREQ=DAILY', 'FREQ=DAILY;INTERVAL=3', 'FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20261231', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU', 'FREQ=MONTHLY;BYMONTHDAY=1,15'])('%s is edited as parts', (rule) => {
    const parts = partsOf(rule)
    expect(parts && ruleOf(parts)).toBe(rule)
  })

  it.each(['FREQ=MONTHLY;BYDAY=-1FR', 'FREQ=YEARLY;BYMONTH=2', 'FREQ=DAILY;COUNT=5', 'FREQ=WEEKLY;BYMONTHDAY=3', 'FREQ=MONTHLY;BYMONTHDAY=-1', 'FREQ=DAILY;UNTIL=20261231T120000Z', ''])('%s is written as it is', (rule) => {
    expect(partsOf(rule)).toBeNull()
  })
})
