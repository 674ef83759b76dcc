import type { Language } from '../words'
import type { Speech } from '../words/speech'
import { DAYS, partsOf, type Day, type Schedule } from './schedule'

/** 5 January 1970 was a Monday. */
const MONDAY = 4 * 86_400_000

export const dayName = (day: Day, language: Language): string => new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(new Date(MONDAY + DAYS.indexOf(day) * 86_400_000))

const date = (day: string, language: Language) => new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))

type Said = Pick<Speech, 't' | 'language'>

/** How often a rule starts a mailing. */
export function ruleSays(rule: string, { t, language }: Said): string {
  const parts = partsOf(rule)
  if (!parts) return rule
  const { every, interval, days, monthDays, until } = parts
  const often = interval === 1 ? t(`rule.each.${every}`) : every === 'DAILY' ? t('rule.days', { n: interval }) : every === 'WEEKLY' ? t('rule.weeks', { n: interval }) : t('rule.months', { n: interval })
  const on = every === 'WEEKLY' ? DAYS.filter((day) => days.includes(day)).map((day) => dayName(day, language)) : monthDays.map((day) => t('rule.monthDay', { n: day }))
  return [often, ...(on.length > 0 ? [on.join(', ')] : []), ...(until ? [t('rule.until', { date: date(until, language) })] : [])].join(', ')
}

/** A schedule as one sentence. */
export function scheduleSays(schedule: Schedule, said: Said): string {
  const { t, language } = said
  const { at, local, recurring } = schedule
  if (at) return t('schedule.at', { date: date(at.date, language), time: at.time, zone: at.zone })
  if (local) return t('schedule.local', { date: date(local.date, language), time: local.time })
  if (!recurring) return '–'
  const clock = recurring.zone ?? t('when.clock.own')
  return t('schedule.recurring', { rule: ruleSays(recurring.rule, said), time: recurring.time, clock })
}
