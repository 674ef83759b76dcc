import { NumberInput, Radio, Select, TextInput } from '@mantine/core'
import { clockOf } from '../lib/format'
import { useSpeech } from '../words/speech'
import { Recurring } from './Recurring'
import { PastSelect, ZONES } from './PastSelect'
import { startOf, type Start } from './schedule'
import { Standing } from './Standing'

const WAYS = ['now', 'at', 'local', 'recurring'] as const
const HOUR = 3_600_000

interface Props {
  mailing: number
  start: Start
  setStart: (start: Start) => void
  life: number | undefined
  setLife: (minutes: number) => void
}

/** Now, at an instant, at each guest's own time, or again and again. */
export function When({ mailing, start, setStart, life, setLife }: Props) {
  const { t, zone } = useSpeech()
  const choose = (way: string) => {
    const soon = clockOf(new Date(Date.now() + 2 * HOUR), zone)
    const time = `${soon.time.slice(0, 2)}:00`
    if (way === 'at') setStart({ way, date: soon.date, time, zone })
    else if (way === 'local') setStart({ way, date: clockOf(new Date(Date.now() + 24 * HOUR), zone).date, time: '12:00', past: 'next_day' })
    else if (way === 'recurring') setStart({ way, from: soon.date, time: '12:00', rule: 'FREQ=WEEKLY;BYDAY=FR', zone, own: null, rest: 0 })
    else setStart({ way: 'now' })
  }
  const at = startOf(start)
  const past = at !== null && at.getTime() < Date.now()
  return (
    <>
      <Standing mailing={mailing} edit={setStart} />
      <Radio.Group aria-label={t('when.title')} value={start.way} onChange={choose}>
        <div className="when-ways">
          {WAYS.map((way) => (
            <Radio.Card key={way} value={way} className="option">
              <Radio.Indicator />
              <span>
                {t(`when.${way}`)}
                <small>{t(`when.${way}Why`)}</small>
              </span>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      <div className="fields">
        {start.way === 'at' && (
          <>
            <TextInput type="date" label={t('when.date')} value={start.date} error={past && t('when.past')} onChange={(event) => event.currentTarget.value && setStart({ ...start, date: event.currentTarget.value })} />
            <TextInput type="time" label={t('when.time')} value={start.time} onChange={(event) => event.currentTarget.value && setStart({ ...start, time: event.currentTarget.value })} />
            <Select label={t('when.zone')} searchable allowDeselect={false} value={start.zone} data={ZONES} limit={50} onChange={(it) => it && setStart({ ...start, zone: it })} />
          </>
        )}
        {start.way === 'local' && (
          <>
            <TextInput type="date" label={t('when.date')} value={start.date} onChange={(event) => event.currentTarget.value && setStart({ ...start, date: event.currentTarget.value })} />
            <TextInput type="time" label={t('when.time')} value={start.time} onChange={(event) => event.currentTarget.value && setStart({ ...start, time: event.currentTarget.value })} />
            <PastSelect value={start.past} change={(it) => setStart({ ...start, past: it })} />
          </>
        )}
        {start.way === 'recurring' && <Recurring start={start} setStart={setStart} />}
        <NumberInput label={t('when.life')} description={t('when.lifeWhy')} value={life ?? 1440} min={1} hideControls thousandSeparator=" " onChange={(it) => setLife(Number(it) || 1)} />
      </div>
      <p className="hint card-note">{t('when.quiet')}</p>
    </>
  )
}
