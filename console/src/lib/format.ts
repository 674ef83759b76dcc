import { written, type Key, type Language, type Values } from '../words'

/** Where the organisation lives and pays. */
export interface Where {
  zone: string
  currency: string
}

/** Money as the API gives it, a decimal string, in the organisation's currency. */
export function money(language: Language, currency: string, amount: string | number): string {
  const value = typeof amount === 'number' ? amount : Number(amount)
  const whole = Number.isInteger(value)
  return written(language, value, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    ...(whole ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {}),
  })
}

const dayOf = (zone: string, at: Date) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at)
const DAY = 86_400_000

/** An instant for people: today, 12:00; thu 26 nov, 18:00; 5 march 2025. */
export function instant(
  language: Language,
  zone: string,
  at: Date,
  now: Date,
  t: (key: Key, values?: Values) => string,
): string {
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(at)
  const day = dayOf(zone, at)
  const near = [
    [0, 'time.today'],
    [1, 'time.tomorrow'],
    [-1, 'time.yesterday'],
  ] as const
  for (const [days, key] of near) {
    if (day === dayOf(zone, new Date(now.getTime() + days * DAY))) return t(key, { time })
  }
  const sameYear = day.slice(0, 4) === dayOf(zone, now).slice(0, 4)
  return new Intl.DateTimeFormat(language, {
    weekday: sameYear ? 'short' : undefined,
    day: 'numeric',
    month: 'short',
    year: sameYear ? undefined : 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  }).format(at)
}

/** What the clocks of a zone are ahead of UTC by, in minutes, at an instant. */
function ahead(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(new Date(at))
  const part = (type: string) => Number(parts.find((it) => it.type === type)?.value ?? 0)
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return Math.round((local - Math.floor(at / 1000) * 1000) / 60_000)
}

/** The instant at which the clocks of a zone show a date and a time; where they are put forward over it, the instant after. */
export function instantOf(date: string, time: string, zone: string): Date {
  const local = Date.parse(`${date}T${time}:00Z`)
  const first = local - ahead(zone, local) * 60_000
  const second = local - ahead(zone, first) * 60_000
  return new Date(second === first ? first : Math.max(first, second))
}

/** The date and the time that the clocks of a zone show. */
export function clockOf(at: Date, zone: string): { date: string; time: string } {
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(at)
  return { date: dayOf(zone, at), time }
}
