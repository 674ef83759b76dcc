import { NumberInput, Radio, Select, TextInput } from '@mantine/core'
import { clockOf, instantOf } from '../lib/format'
import { useSpeech } from '../words/speech'

export type Start = { way: 'now' } | { way: 'at'; date: string; time: string; zone: string }

/** The instant of a start; nothing if it is now. */
export const startOf = (start: Start): Date | null => (start.way === 'now' ? null : instantOf(start.date, start.time, start.zone))

const ZONES = Intl.supportedValuesOf('timeZone')
const HOUR = 3_600_000

export function When({ start, setStart, life, setLife }: { start: Start; setStart: (start: Start) => void; life: number | undefined; setLife: (minutes: number) => void }) {
  const { t, zone } = useSpeech()
  const choose = (way: string) => {
    if (way === 'now') return setStart({ way: 'now' })
    const soon = clockOf(new Date(Date.now() + 2 * HOUR), zone)
    setStart({ way: 'at', date: soon.date, time: `${soon.time.slice(0, 2)}:00`, zone })
  }
  const at = startOf(start)
  const past = at !== null && at.getTime() < Date.now()
  return (
    <>
      <Radio.Group aria-label={t('when.title')} value={start.way} onChange={choose}>
        <div className="when-ways">
          <Radio.Card value="now" className="option">
            <Radio.Indicator />
            <span>
              {t('when.now')}
              <small>{t('when.nowWhy')}</small>
            </span>
          </Radio.Card>
          <Radio.Card value="at" className="option">
            <Radio.Indicator />
            <span>
              {t('when.at')}
              <small>{t('when.atWhy')}</small>
            </span>
          </Radio.Card>
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
        <NumberInput label={t('when.life')} description={t('when.lifeWhy')} value={life ?? 1440} min={1} hideControls thousandSeparator=" " onChange={(it) => setLife(Number(it) || 1)} />
      </div>
      <p className="hint card-note">{t('when.quiet')}</p>
    </>
  )
}
