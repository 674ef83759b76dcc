import { clockOf } from '../lib/format'
import type { Listed } from '../api/shapes'

const DAY = 86_400_000

/** The seven days of a week, from Monday, as the clocks of a zone have them; `ahead` weeks from now. */
export function daysOf(now: Date, zone: string, ahead: number): string[] {
  const today = Date.parse(`${clockOf(now, zone).date}T00:00:00Z`)
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY + ahead * 7 * DAY
  return Array.from({ length: 7 }, (_, at) => new Date(monday + at * DAY).toISOString().slice(0, 10))
}

/** The days of a month in whole weeks from Monday, `ahead` months from now, and which month it is, like `2026-12`. */
export function monthOf(now: Date, zone: string, ahead: number): { month: string; days: string[] } {
  const [year = 0, month = 1] = clockOf(now, zone).date.split('-').map(Number)
  const first = Date.UTC(year, month - 1 + ahead, 1)
  const last = Date.UTC(year, month + ahead, 0)
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY
  const weeks = Math.ceil((last - monday + DAY) / (7 * DAY))
  return { month: new Date(first).toISOString().slice(0, 7), days: Array.from({ length: weeks * 7 }, (_, at) => new Date(monday + at * DAY).toISOString().slice(0, 10)) }
}

export interface Start {
  mailing: Listed
  time: string
}

/** What starts on each day, in its order; each start once. */
export function startsOf(mailings: Listed[], days: string[], zone: string): Map<string, Start[]> {
  const found = new Map<string, Start[]>(days.map((day) => [day, []]))
  const known = new Set<string>()
  for (const mailing of mailings) {
    const own = `${mailing.id} ${mailing.start_at}`
    if (!mailing.start_at || known.has(own)) continue
    known.add(own)
    const { date, time } = clockOf(new Date(mailing.start_at), zone)
    found.get(date)?.push({ mailing, time })
  }
  for (const starts of found.values()) starts.sort((a, b) => a.time.localeCompare(b.time))
  return found
}
