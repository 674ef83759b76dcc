import { Checkbox, NumberInput, Select, TagsInput, TextInput } from '@mantine/core'
import { useSpeech } from '../words/speech'
import { againName, againOf, AT, DATES, firedBy, isOfOrders, triggerName, without, type Definition, type Delay } from './definition'
import { CancelOn, EventFields } from './EventFields'
import { EVENTS } from './events'

export interface Editing {
  definition: Definition
  change: (definition: Definition) => void
  readOnly: boolean
  at: (place: string) => string | undefined
}

const RETENTION = ['new', 'active', 'cooling', 'lost', 'returned'] as const

/** What fires a program, and how long after it. */
export function Trigger({ definition, change, readOnly, at }: Editing) {
  const { t, maybe } = useSpeech()
  const { trigger } = definition
  const name = triggerName(trigger)
  return (
    <div className="card-body stack">
      <Select
        label={t('program.trigger')}
        description={t('program.triggerWhy')}
        searchable
        allowDeselect={false}
        disabled={readOnly}
        value={name}
        error={at('trigger') ?? at('trigger.event.kind')}
        data={[
          { group: t('program.dates'), items: DATES.map((it) => ({ value: it, label: t(`program.date.${it}`) })) },
          { group: t('program.events'), items: Object.keys(EVENTS).map((it) => ({ value: it, label: maybe(`event.${it}`, it) })) },
        ]}
        onChange={(it) => it && it !== name && change(firedBy(definition, it))}
      />
      {trigger.event && <EventFields event={trigger.event} change={(event) => change({ ...definition, trigger: { event } })} readOnly={readOnly} at={at} place="trigger.event" />}
      {trigger.event?.kind === 'custom' && (
        <TagsInput label={t('program.values')} description={t('program.valuesWhy')} disabled={readOnly} value={definition.values ?? []} error={at('values')} onChange={(values) => change(without({ ...definition, values: values.length > 0 ? values : undefined }) as Definition)} acceptValueOnBlur />
      )}
      <DateFields definition={definition} change={change} readOnly={readOnly} at={at} />
      {trigger.event && <DelayFields definition={definition} change={change} readOnly={readOnly} at={at} />}
    </div>
  )
}

function DateFields({ definition, change, readOnly, at }: Editing) {
  const { t } = useSpeech()
  const { birthday, bonuses_burn, retention } = definition.trigger
  const of = birthday ?? bonuses_burn ?? retention
  if (!of) return null
  const key = birthday ? 'birthday' : bonuses_burn ? 'bonuses_burn' : 'retention'
  const put = (part: object) => change({ ...definition, trigger: { [key]: without({ ...of, ...part }) } })
  const dated = birthday ?? bonuses_burn
  return (
    <div className="field-row">
      {retention && (
        <Checkbox.Group label={t('program.into')} value={retention.into} error={at('trigger.retention.into')} onChange={(into) => put({ into })}>
          <div className="row wrap choices">
            {RETENTION.map((it) => (
              <Checkbox key={it} value={it} disabled={readOnly} label={t(`retention.${it}`)} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      {dated && <NumberInput label={t('program.daysBefore')} min={0} hideControls disabled={readOnly} value={dated.days_before} error={at(`trigger.${key}.days_before`)} onChange={(it) => put({ days_before: Number(it) || 0 })} />}
      {birthday && (
        <NumberInput label={t('program.daysAfter')} description={t('program.daysAfterWhy')} min={0} hideControls disabled={readOnly} value={birthday.through_days_after ?? ''} error={at('trigger.birthday.through_days_after')} onChange={(it) => put({ through_days_after: it === '' ? undefined : Number(it) })} />
      )}
      <TextInput type="time" label={t('program.at')} description={t('program.atWhy')} readOnly={readOnly} value={of.at ?? AT} error={at(`trigger.${key}.at`)} onChange={(event) => event.currentTarget.value && put({ at: event.currentTarget.value })} />
    </div>
  )
}

function DelayFields({ definition, change, readOnly, at }: Editing) {
  const { t } = useSpeech()
  const { delay } = definition
  const way = !delay || ('minutes' in delay && delay.minutes === 0) ? 'now' : 'minutes' in delay ? 'minutes' : 'days'
  const put = (next: Delay | undefined) => change(without({ ...definition, delay: next }) as Definition)
  const choose = (it: string) => put(it === 'now' ? undefined : it === 'minutes' ? { minutes: 60 } : { days: 1, at: AT })
  return (
    <div className="field-row">
      <Select label={t('program.delay')} allowDeselect={false} disabled={readOnly} value={way} error={at('delay')} data={(['now', 'minutes', 'days'] as const).map((it) => ({ value: it, label: t(`program.delay.${it}`) }))} onChange={(it) => it && choose(it)} />
      {delay && way === 'minutes' && 'minutes' in delay && <NumberInput label={t('program.minutes')} min={1} hideControls thousandSeparator=" " disabled={readOnly} value={delay.minutes} error={at('delay.minutes')} onChange={(it) => put({ minutes: Number(it) || 1 })} />}
      {delay && 'days' in delay && (
        <>
          <NumberInput label={t('program.inDays')} description={t('program.inDaysWhy')} min={0} hideControls disabled={readOnly} value={delay.days} error={at('delay.days')} onChange={(it) => put({ ...delay, days: Number(it) || 0 })} />
          <TextInput type="time" label={t('program.at')} description={t('program.atWhy')} readOnly={readOnly} value={delay.at} error={at('delay.at')} onChange={(event) => event.currentTarget.value && put({ ...delay, at: event.currentTarget.value })} />
        </>
      )}
    </div>
  )
}

/** How often a guest gets it, what ends what waits, and how late it may still go. */
export function HowOften({ definition, change, readOnly, at }: Editing) {
  const { t } = useSpeech()
  const { again, late } = definition
  const rest = typeof again === 'object' && 'rest' in again ? again.rest.days : 7
  const name = againName(again)
  const ways = ['every_event', ...(isOfOrders(definition.trigger) || name === 'order' ? (['order'] as const) : []), 'year', 'ever', 'rest'] as const
  const put = (part: Partial<Definition>) => change(without({ ...definition, ...part }) as Definition)
  const inDays = late === undefined || 'days' in late
  const span = late === undefined ? 1 : 'days' in late ? late.days : late.minutes
  const setLate = (n: number, days: boolean) => put({ late: days ? { days: n } : { minutes: n } })
  return (
    <div className="card-body stack">
      <div className="field-row">
        <Select label={t('program.again')} allowDeselect={false} disabled={readOnly} value={name} error={at('again')} data={ways.map((it) => ({ value: it, label: t(`program.again.${it}`) }))} onChange={(it) => it && put({ again: againOf(it, rest) })} />
        {name === 'rest' && <NumberInput label={t('program.restDays')} min={1} hideControls disabled={readOnly} value={rest} error={at('again.rest.days')} onChange={(it) => put({ again: { rest: { days: Number(it) || 1 } } })} />}
      </div>
      <div className="field-row is-low">
        <NumberInput label={t('program.late')} description={t('program.lateWhy')} min={1} hideControls thousandSeparator=" " disabled={readOnly} value={span} error={at('late') ?? at('late.minutes') ?? at('late.days')} onChange={(it) => setLate(Number(it) || 1, inDays)} />
        <Select label={t('program.lateIn')} allowDeselect={false} disabled={readOnly} value={inDays ? 'days' : 'minutes'} data={(['minutes', 'days'] as const).map((it) => ({ value: it, label: t(`program.unit.${it}`) }))} onChange={(it) => setLate(span, it === 'days')} />
      </div>
      {definition.trigger.event && (
        <>
          <Checkbox label={t('program.restarts')} description={t('program.restartsWhy')} disabled={readOnly} checked={definition.restarts ?? false} onChange={(event) => put({ restarts: event.currentTarget.checked || undefined })} />
          <h3>{t('program.cancelOn')}</h3>
          <CancelOn events={definition.cancel_on ?? []} change={(events) => put({ cancel_on: events.length > 0 ? events : undefined })} readOnly={readOnly} at={at} />
        </>
      )}
    </div>
  )
}
