import { Checkbox, NumberInput, SegmentedControl, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useSpeech } from '../words/speech'
import type { Bounds, Period } from './say'

/** A few of a fixed list. */
export function Choices({ label, all, chosen, name, change }: { label: string; all: readonly string[]; chosen: string[]; name: (it: string) => string; change: (chosen: string[]) => void }) {
  return (
    <Checkbox.Group label={label} value={chosen} onChange={change}>
      <div className="stack choices">
        {all.map((it) => (
          <Checkbox key={it} value={it} label={name(it)} />
        ))}
      </div>
    </Checkbox.Group>
  )
}

/** A list of names that are typed. */
export function Names({ label, names, change }: { label: string; names: string[]; change: (names: string[]) => void }) {
  const { t } = useSpeech()
  return <TagsInput label={label} description={t('field.names')} value={names} onChange={change} acceptValueOnBlur splitChars={['\n', ';', ',']} clearable clearButtonProps={{ 'aria-label': t('do.remove') }} />
}

export function Num({ label, value, change, min = 0 }: { label: string; value: number | string | undefined; change: (value: number | undefined) => void; min?: number }) {
  const own = value === undefined ? '' : Number(value)
  return <NumberInput label={label} value={own} min={min} hideControls thousandSeparator=" " onChange={(it) => change(it === '' ? undefined : Number(it))} />
}

/** Bounds without the keys that are empty; nothing at all if both are. */
export function bounded(bounds: Bounds | undefined, change: Bounds): Bounds | undefined {
  const next = Object.fromEntries(Object.entries({ ...bounds, ...change }).filter(([, value]) => value !== undefined)) as Bounds
  return Object.keys(next).length > 0 ? next : undefined
}

/** A period: the last days, or from one date to another. */
export function PeriodFields({ period, change, ever }: { period: Period | undefined; change: (period: Period | undefined) => void; ever?: boolean }) {
  const { t } = useSpeech()
  const own = period?.between ?? period
  const first = own?.last_days !== undefined ? 'last' : own?.from || own?.to ? 'between' : ever ? 'ever' : 'last'
  const [way, setWay] = useState(first)
  const choose = (next: string) => {
    setWay(next)
    if (next === 'ever') change(undefined)
    if (next === 'last') change({ last_days: own?.last_days ?? 30 })
    if (next === 'between') change({ from: new Date().toISOString().slice(0, 8) + '01' })
  }
  const between = (part: Period) => {
    const next = { from: own?.from, to: own?.to, ...part }
    change({ ...(next.from ? { from: next.from } : {}), ...(next.to ? { to: next.to } : {}) })
  }
  return (
    <>
      <SegmentedControl
        value={way}
        onChange={choose}
        data={[
          { value: 'last', label: t('field.lastDays') },
          { value: 'between', label: `${t('field.from')} – ${t('field.to').split(' ')[0]}` },
          ...(ever ? [{ value: 'ever', label: t('say.ever') }] : []),
        ]}
        orientation="vertical"
        aria-label={t('segment.condition')}
      />
      {way === 'last' && <Num label={t('field.lastDays')} value={own?.last_days ?? 30} min={1} change={(n) => change({ last_days: n ?? 1 })} />}
      {way === 'between' && (
        <>
          <TextInput type="date" label={t('field.from')} value={own?.from?.slice(0, 10) ?? ''} onChange={(event) => between({ from: event.currentTarget.value })} />
          <TextInput type="date" label={t('field.to')} value={own?.to?.slice(0, 10) ?? ''} onChange={(event) => between({ to: event.currentTarget.value })} />
        </>
      )}
    </>
  )
}
