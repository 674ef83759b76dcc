import type { Filter, MailingFile } from '../api/shapes'

/** A program's file (docs/programs.md). */
export interface Definition extends MailingFile {
  preset?: string
  trigger: Trigger
  values?: string[]
  delay?: Delay
  guard?: Filter
  cancel_on?: EventFilter[]
  again?: Again
  restarts?: boolean
  late?: Late
  grant?: { bonuses: number | string; days?: number }
  promo_codes?: string
}

export interface EventFilter {
  kind: string
  /** Of a custom event. */
  name?: string
  where?: Record<string, FieldFilter>
}

export interface FieldFilter {
  min?: number | string
  max?: number | string
  is?: (string | number | boolean)[]
}

export interface Trigger {
  event?: EventFilter
  birthday?: { days_before: number; through_days_after?: number; at?: string }
  bonuses_burn?: { days_before: number; at?: string }
  retention?: { into: string[]; at?: string }
}

export type Delay = { minutes: number } | { days: number; at: string }
export type Late = { minutes: number } | { days: number }
export type Again = 'every_event' | { once_per: 'order' | 'year' | 'ever' } | { rest: { days: number } }

export const DATES = ['birthday', 'bonuses_burn', 'retention'] as const
export type DateTrigger = (typeof DATES)[number]

export const AT = '10:00'

/** What a trigger by a date says before it is edited. */
const FIRST: Record<DateTrigger, Trigger> = {
  birthday: { birthday: { days_before: 0, at: AT } },
  bonuses_burn: { bonuses_burn: { days_before: 3, at: AT } },
  retention: { retention: { into: ['lost'], at: AT } },
}

/** The name of what fires: the kind of the event, or the date. */
export const triggerName = (trigger: Trigger): string => trigger.event?.kind ?? DATES.find((it) => trigger[it]) ?? ''

/** A trigger of another kind; what belongs to events alone goes with it. */
export function firedBy(definition: Definition, name: string): Definition {
  const date = DATES.find((it) => it === name)
  const { values: _, ...rest } = definition
  if (!date) return { ...rest, trigger: { event: { kind: name, ...(name === 'custom' ? { name: 'my.event' } : {}) } } }
  const { delay: _delay, restarts: _restarts, ...ofDates } = rest
  return { ...ofDates, trigger: FIRST[date] }
}

/** A document without the keys that hold nothing: the server refuses `null`, and knows what an absent key means. */
export const without = <T extends object>(it: T): T => Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as T

/** Whether some of a program's messages go about one order each. */
export const isOfOrders = (trigger: Trigger): boolean => /^(order|review|referral)\./.test(trigger.event?.kind ?? '')

export const againName = (again: Again | undefined): string => (again === undefined || again === 'every_event' ? 'every_event' : 'rest' in again ? 'rest' : again.once_per)

export function againOf(name: string, days: number): Again | undefined {
  if (name === 'every_event') return undefined
  if (name === 'rest') return { rest: { days } }
  return { once_per: name === 'year' || name === 'ever' ? name : 'order' }
}

/** The bounds of a field as they were typed; nothing if none is left. */
export function bounds(filter: FieldFilter): FieldFilter | undefined {
  const kept = without({ ...filter, ...(filter.is?.length === 0 ? { is: undefined } : {}) })
  return Object.keys(kept).length > 0 ? kept : undefined
}
