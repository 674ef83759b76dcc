import { Select, TextInput } from '@mantine/core'
import { useSpeech } from '../words/speech'
import { Choices, Names, Num, PeriodFields } from './fields'
import { OrdersSentence } from './OrdersSentence'
import { either, period, type Orders, type Period } from './say'
import type { Clause } from './tree'
import { Word } from './Word'

const RETENTION = ['new', 'active', 'cooling', 'lost', 'returned'] as const
const HAS = ['app', 'web_push', 'sms', 'whatsapp', 'telegram', 'max'] as const
const OUTCOMES = ['sent', 'opened', 'not_opened'] as const

const list = (it: unknown): string[] => (Array.isArray(it) ? it.map(String) : [])

interface Said {
  clause: Clause
  change: (value: unknown) => void
  readOnly: boolean
}

/** One condition as a sentence, whose words open what they are chosen by. */
export function Sentence({ clause, change, readOnly }: Said) {
  const speech = useSpeech()
  const { t, maybe } = speech
  const { kind, value } = clause
  const names = (label: string) => (
    <>
      {label}{' '}
      <Word label={label} says={either(list(value), t('say.choose'), speech)} disabled={readOnly}>
        <Names label={label} names={list(value)} change={change} />
      </Word>
    </>
  )
  const choices = (label: string, all: readonly string[], words: string) => (
    <>
      {label}{' '}
      <Word label={label} says={either(list(value).map((it) => maybe(`${words}.${it}`, it)), t('say.anything'), speech)} disabled={readOnly}>
        <Choices label={label} all={all} chosen={list(value)} name={(it) => maybe(`${words}.${it}`, it)} change={change} />
      </Word>
    </>
  )
  switch (kind) {
    case 'retention':
      return choices(t('say.retention'), RETENTION, 'retention')
    case 'has':
      return choices(t('say.has'), HAS, 'has')
    case 'restaurants':
      return names(t('say.restaurants'))
    case 'locale':
      return names(t('say.locale'))
    case 'customers':
      return names(t('say.customers'))
    case 'phones':
      return names(t('say.phones'))
    case 'blacklisted':
      return <>{t('say.blacklisted')}</>
    case 'orders':
      return <OrdersSentence orders={(value ?? {}) as Orders} change={change} readOnly={readOnly} />
    case 'tags':
      return <Tags value={value as Tagged} change={change} readOnly={readOnly} />
    case 'first_order':
    case 'last_order':
    case 'registered':
      return (
        <>
          {t(`say.${kind}`)}{' '}
          <Word label={t(`say.${kind}`)} says={period(value as Period, speech)} disabled={readOnly}>
            <PeriodFields period={value as Period} change={(next) => change(next ?? { last_days: 30 })} />
          </Word>
        </>
      )
    case 'birthday': {
      const days = Number((value as { within_days?: number }).within_days ?? 0)
      return (
        <>
          {t('say.birthday')}{' '}
          <Word label={t('say.birthday')} says={days === 0 ? t('say.today') : t('say.withinDays', { n: days })} disabled={readOnly}>
            <Num label={t('field.withinDays')} value={days} change={(n) => change({ within_days: n ?? 0 })} />
          </Word>
        </>
      )
    }
    case 'attribute':
      return <Attribute value={value as { key: string; is: string[] }} change={change} readOnly={readOnly} />
    case 'mailing':
      return <Earlier value={value as { id: number; outcome: string[] }} change={change} readOnly={readOnly} />
    default:
      return <code className="mono">{JSON.stringify({ [kind]: value })}</code>
  }
}

type Tagged = { any?: string[]; all?: string[]; none?: string[] }

function Tags({ value, change, readOnly }: { value: Tagged; change: (value: unknown) => void; readOnly: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  const way = (['any', 'all', 'none'] as const).find((it) => value[it] !== undefined) ?? 'any'
  const words = { any: 'say.tagsAny', all: 'say.tagsAll', none: 'say.tagsNone' } as const
  return (
    <>
      {t('say.tags')}{' '}
      <Word label={t('say.tags')} says={t(words[way])} disabled={readOnly}>
        <Select
          label={t('say.tags')}
          value={way}
          allowDeselect={false}
          data={(['any', 'all', 'none'] as const).map((it) => ({ value: it, label: t(words[it]) }))}
          comboboxProps={{ withinPortal: false }}
          onChange={(next) => change({ [next ?? 'any']: value[way] ?? [] })}
        />
      </Word>{' '}
      <Word label={t('kind.tags')} says={either(value[way] ?? [], t('say.choose'), speech)} disabled={readOnly}>
        <Names label={t('kind.tags')} names={value[way] ?? []} change={(names) => change({ ...value, [way]: names })} />
      </Word>
    </>
  )
}

function Attribute({ value, change, readOnly }: { value: { key: string; is: string[] }; change: (value: unknown) => void; readOnly: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  return (
    <>
      {t('say.attribute')}{' '}
      <Word label={t('field.key')} says={value.key || t('say.choose')} disabled={readOnly}>
        <TextInput label={t('field.key')} value={value.key} onChange={(event) => change({ ...value, key: event.currentTarget.value })} />
      </Word>{' '}
      {t('say.is')}{' '}
      <Word label={t('field.values')} says={either(value.is, t('say.choose'), speech)} disabled={readOnly}>
        <Names label={t('field.values')} names={value.is} change={(is) => change({ ...value, is })} />
      </Word>
    </>
  )
}

function Earlier({ value, change, readOnly }: { value: { id: number; outcome: string[] }; change: (value: unknown) => void; readOnly: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  return (
    <>
      {t('say.mailing')}{' '}
      <Word label={t('field.mailingId')} says={`№ ${value.id}`} disabled={readOnly}>
        <Num label={t('field.mailingId')} value={value.id} min={1} change={(id) => change({ ...value, id: id ?? 1 })} />
      </Word>{' '}
      <Word label={t('field.outcome')} says={either(value.outcome.map((it) => speech.maybe(`outcome.${it}`, it)), t('say.choose'), speech)} disabled={readOnly}>
        <Choices label={t('field.outcome')} all={OUTCOMES} chosen={value.outcome} name={(it) => speech.maybe(`outcome.${it}`, it)} change={(outcome) => change({ ...value, outcome })} />
      </Word>
    </>
  )
}
