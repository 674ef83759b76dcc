import { clockOf } from '../lib/format'
import type { Listed } from '../api/shapes'

const DAY = 86_400_000

/** The seven days of a week, from Monday, as the clocks of a zone have them; `ahead` weeks from now. */
export function daysOf(now: Date, zone: string, ahead: number): string[] {
  const today = Date.parse(`${clockOf(now, zone).date}T00:00:00Z`)
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY + ahead * 7 * DAY
  return Array.from({ length: 7 }, (_, at) => new Date(monday + at * DAY).toISOString().slice(0, 10))
}

export interface Start {
  mailing: Listed
  time: string
}

/** What starts on each day, in its order; each mailing once. */
export function startsOf(mailings: Listed[], days: string[], zone: string): Map<string, Start[]> {
  const found = new Map<string, Start[]>(days.map((day) => [day, []]))
  const known = new Set<number>()
  for (const mailing of mailings) {
    if (!mailing.start_at || known.has(mailing.id)) continue
    known.add(mailing.id)
    const { date, time } = clockOf(new Date(mailing.start_at), zone)
    found.get(date)?.push({ mailing, time })
  }
  for (const starts of found.values()) starts.sort((a, b) => a.time.localeCompare(b.time))
  return found
}
