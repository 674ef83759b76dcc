import { Checkbox, NumberInput, Select, TagsInput, TextInput } from '@mantine/core'
import { useSpeech } from '../words/speech'
import { PastSelect, ZONES } from './PastSelect'
import { DAYS, FREQUENCIES, partsOf, ruleOf, type Day, type Frequency, type Rule, type Start } from './schedule'
import { dayName } from './scheduleSays'

type Of = Extract<Start, { way: 'recurring' }>

/** A mailing that starts again and again: on which days, at what time, by whose clock. */
export function Recurring({ start, setStart }: { start: Of; setStart: (start: Start) => void }) {
  const { t } = useSpeech()
  const parts = partsOf(start.rule)
  const put = (part: Partial<Of>) => setStart({ ...start, ...part })
  const own = start.own !== null
  return (
    <>
      <Select
        label={t('when.every')}
        allowDeselect={false}
        value={parts?.every ?? 'rule'}
        data={[...FREQUENCIES.map((it) => ({ value: it as string, label: t(`when.every.${it}`) })), { value: 'rule', label: t('when.every.rule') }]}
        onChange={(it) => it && put({ rule: it === 'rule' ? 'FREQ=MONTHLY;BYDAY=-1FR' : ruleOf({ every: it as Frequency, interval: 1, days: it === 'WEEKLY' ? ['FR'] : [], monthDays: it === 'MONTHLY' ? [1] : [], until: parts?.until ?? '' }) })}
      />
      {parts ? <Parts parts={parts} change={(it) => put({ rule: ruleOf(it) })} /> : <TextInput label={t('when.rule')} description={t('when.ruleWhy')} classNames={{ input: 'mono' }} value={start.rule} onChange={(event) => put({ rule: event.currentTarget.value })} />}
      <TextInput type="date" label={t('when.from')} value={start.from} onChange={(event) => event.currentTarget.value && put({ from: event.currentTarget.value })} />
      <TextInput type="time" label={t('when.time')} value={start.time} onChange={(event) => event.currentTarget.value && put({ time: event.currentTarget.value })} />
      <Select
        label={t('when.clock')}
        allowDeselect={false}
        value={own ? 'own' : 'zone'}
        data={[
          { value: 'zone', label: t('when.clock.zone') },
          { value: 'own', label: t('when.clock.own') },
        ]}
        onChange={(it) => put({ own: it === 'own' ? 'next_day' : null })}
      />
      {start.own === null ? <Select label={t('when.zone')} searchable allowDeselect={false} value={start.zone} data={ZONES} limit={50} onChange={(it) => it && put({ zone: it })} /> : <PastSelect value={start.own} change={(it) => put({ own: it })} />}
      <NumberInput label={t('when.rest')} description={t('when.restWhy')} min={0} hideControls value={start.rest} onChange={(it) => put({ rest: Number(it) || 0 })} />
    </>
  )
}

function Parts({ parts, change }: { parts: Rule; change: (rule: Rule) => void }) {
  const { t, language } = useSpeech()
  return (
    <>
      <NumberInput label={t('when.interval')} description={t('when.intervalWhy')} min={1} hideControls value={parts.interval} onChange={(it) => change({ ...parts, interval: Number(it) || 1 })} />
      {parts.every === 'WEEKLY' && (
        <Checkbox.Group className="whole" label={t('when.days')} value={parts.days} onChange={(days) => days.length > 0 && change({ ...parts, days: days as Day[] })}>
          <div className="row wrap choices">
            {DAYS.map((day) => (
              <Checkbox key={day} value={day} label={dayName(day, language)} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      {parts.every === 'MONTHLY' && (
        <TagsInput label={t('when.monthDays')} description={t('when.monthDaysWhy')} value={parts.monthDays.map(String)} onChange={(days) => change({ ...parts, monthDays: [...new Set(days.map(Number).filter((day) => Number.isInteger(day) && day >= 1 && day <= 31))] })} acceptValueOnBlur splitChars={[',', ' ']} />
      )}
      <TextInput type="date" label={t('when.until')} description={t('when.untilWhy')} value={parts.until} onChange={(event) => change({ ...parts, until: event.currentTarget.value })} />
    </>
  )
}
