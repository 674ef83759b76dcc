import { instantOf } from '../lib/format'

/** What becomes of guests for whom the time is over when the mailing starts. */
export const PAST = ['send_now', 'next_day', 'skip'] as const
export type Past = (typeof PAST)[number]

export const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Day = (typeof DAYS)[number]
export const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY'] as const
export type Frequency = (typeof FREQUENCIES)[number]

/** Those of rules that the form has; others are written as they are. */
export interface Rule {
  every: Frequency
  interval: number
  days: Day[]
  monthDays: number[]
  /** The last day, like `2026-12-31`. */
  until: string
}

export type Start =
  | { way: 'now' }
  | { way: 'at'; date: string; time: string; zone: string }
  | { way: 'local'; date: string; time: string; past: Past }
  | { way: 'recurring'; from: string; time: string; rule: string; zone: string; own: Past | null; rest: number }

/** A schedule as docs/schedules.md has it. */
export interface Schedule {
  at?: { date: string; time: string; zone: string }
  local?: { date: string; time: string; past: Past }
  recurring?: { from: string; rule: string; time: string; zone?: string; local?: Past; rest_days?: number }
}

/** The instant of a launch; nothing if it is now, or if it is a schedule's. */
export const startOf = (start: Start): Date | null => (start.way === 'at' ? instantOf(start.date, start.time, start.zone) : null)

/** The schedule of a start that a launch cannot say. */
export function scheduleOf(start: Start): Schedule | null {
  if (start.way === 'local') return { local: { date: start.date, time: start.time, past: start.past } }
  if (start.way !== 'recurring') return null
  const { from, time, rule, zone, own, rest } = start
  return { recurring: { from, rule, time, ...(own ? { local: own } : { zone }), ...(rest > 0 ? { rest_days: rest } : {}) } }
}

/** A schedule as the form has it. */
export function startOfSchedule({ at, local, recurring }: Schedule, zone: string): Start {
  if (local) return { way: 'local', ...local }
  if (recurring) return { way: 'recurring', from: recurring.from, time: recurring.time, rule: recurring.rule, zone: recurring.zone ?? zone, own: recurring.local ?? null, rest: recurring.rest_days ?? 0 }
  return at ? { way: 'at', ...at } : { way: 'now' }
}

/** A rule of RFC 5545. */
export function ruleOf({ every, interval, days, monthDays, until }: Rule): string {
  return [
    `FREQ=${every}`,
    ...(interval > 1 ? [`INTERVAL=${interval}`] : []),
    ...(every === 'WEEKLY' && days.length > 0 ? [`BYDAY=${DAYS.filter((day) => days.includes(day)).join(',')}`] : []),
    ...(every === 'MONTHLY' && monthDays.length > 0 ? [`BYMONTHDAY=${[...monthDays].sort((a, b) => a - b).join(',')}`] : []),
    ...(until ? [`UNTIL=${until.replaceAll('-', '')}`] : []),
  ].join(';')
}

/** The parts of a rule, if the form has them all. */
export function partsOf(rule: string): Rule | null {
  const parts = new Map(rule.split(';').map((it) => it.split('=') as [string, string | undefined]))
  const every = FREQUENCIES.find((it) => it === parts.get('FREQ'))
  const days = parts.get('BYDAY')?.split(',') ?? []
  const monthDays = parts.get('BYMONTHDAY')?.split(',').map(Number) ?? []
  const until = parts.get('UNTIL') ?? ''
  const known = ['FREQ', 'INTERVAL', 'UNTIL', ...(every === 'WEEKLY' ? ['BYDAY'] : []), ...(every === 'MONTHLY' ? ['BYMONTHDAY'] : [])]
  const fits = [...parts.keys()].every((it) => known.includes(it)) && days.every((day) => DAYS.some((it) => it === day)) && monthDays.every((day) => day >= 1 && day <= 31) && /^(\d{8})?$/.test(until)
  if (!every || !fits) return null
  return { every, interval: Number(parts.get('INTERVAL') ?? 1), days: days as Day[], monthDays, until: until.replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3') }
}
