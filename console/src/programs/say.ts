import type { Key } from '../words'
import type { Speech } from '../words/speech'
import type { Definition, Delay, EventFilter, FieldFilter } from './definition'

type Said = Pick<Speech, 't' | 'maybe' | 'number'>

/** A label as a part of a sentence. */
const within = (label: string) => label.charAt(0).toLocaleLowerCase() + label.slice(1)

/** An event in words, with what is asked of it. */
export function eventSays(event: EventFilter, { t, maybe, number }: Said): string {
  const name = event.kind === 'custom' ? t('program.customEvent', { name: event.name ?? '' }) : maybe(`event.${event.kind}`, event.kind)
  const asked = Object.entries(event.where ?? {}).map(([field, filter]) => `${within(maybe(`eventField.${field}`, field))} ${filterSays(filter, { t, number })}`)
  return asked.length > 0 ? `${name} (${asked.join(', ')})` : name
}

function filterSays({ min, max, is }: FieldFilter, { t, number }: Pick<Said, 't' | 'number'>): string {
  const said = (value: number | string) => (typeof value === 'number' ? number(value) : value)
  return [...(min === undefined ? [] : [t('program.from', { n: said(min) })]), ...(max === undefined ? [] : [t('program.to', { n: said(max) })]), ...(is?.length ? [is.join(` ${t('say.or')} `)] : [])].join(' ')
}

/** How long after the event. */
export function delaySays(delay: Delay | undefined, { t }: Pick<Said, 't'>): string {
  if (!delay || ('minutes' in delay && delay.minutes === 0)) return t('program.atOnce')
  if ('minutes' in delay) return t('program.afterMinutes', { n: delay.minutes })
  return delay.days === 0 ? t('program.atNext', { at: delay.at }) : t('program.afterDays', { n: delay.days, at: delay.at })
}

/** What fires a program and when, as one sentence. */
export function triggerSays(definition: Definition, said: Said): string {
  const { t, maybe } = said
  const { event, birthday, bonuses_burn, retention } = definition.trigger
  if (event) return `${eventSays(event, said)}, ${delaySays(definition.delay, said)}`
  const at = (it: { at?: string }) => it.at ?? '10:00'
  if (birthday) return birthday.days_before === 0 ? t('program.onBirthday', { at: at(birthday) }) : t('program.beforeBirthday', { n: birthday.days_before, at: at(birthday) })
  if (bonuses_burn) return t('program.beforeBurn', { n: bonuses_burn.days_before, at: at(bonuses_burn) })
  if (retention) return t('program.movedInto', { into: retention.into.map((it) => maybe(`retention.${it}`, it)).join(` ${t('say.or')} `), at: at(retention) })
  return '–'
}

/** Why a firing was let go without a message, or what its message did not leave for. */
export const reasonSays = (reason: string, { maybe, because }: Pick<Speech, 'maybe' | 'because'>): string => maybe(`firing.${reason}`, because(reason))

export const stateWord = (state: string): Key => (state === 'on' ? 'program.on' : state === 'ending' ? 'program.ending' : 'program.off')
