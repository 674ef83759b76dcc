import { Button, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../api/client'
import { Card } from '../parts/marks'
import { Page, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { Review } from './Review'
import { textOf, withKey, type PlanLine, type Section } from './senderForm'
import { useSection } from './useSection'

const FIELDS = ['name', 'timezone', 'currency', 'locale', 'region', 'quiet_hours', 'frequency_cap', 'attribution_hours'] as const
const EXPLAINED = ['timezone', 'currency', 'locale', 'region', 'quiet_hours', 'frequency_cap', 'attribution_hours'] as const
const isExplained = (key: string): key is (typeof EXPLAINED)[number] => (EXPLAINED as readonly string[]).includes(key)

export function Organisation() {
  const { t } = useSpeech()
  const asked = useQuery({ queryKey: ['settings', 'organisation'], queryFn: () => ask<Section>('GET', 'v1/settings/organisation') })
  return (
    <Page title={t('settings.title')}>
      <div className="split">
        <Told query={asked}>{(section) => <Form key={section.version} section={section} />}</Told>
        <History />
      </div>
    </Page>
  )
}

function Form({ section }: { section: Section }) {
  const { t } = useSpeech()
  const [document, setDocument] = useState(section.document)
  const rest = Object.fromEntries(Object.entries(document).filter(([key]) => key !== 'slug' && !(FIELDS as readonly string[]).includes(key)))
  const [more, setMore] = useState(JSON.stringify(rest, null, 2))
  const [wrong, setWrong] = useState(false)
  const { plan, faults, reviewing, saving, close } = useSection('v1/settings/organisation', section.version)
  const at = (key: string) => faults.find((it) => it.place === key)?.problem
  const review = () => {
    try {
      const own = Object.fromEntries(Object.entries(document).filter(([key]) => key === 'slug' || (FIELDS as readonly string[]).includes(key)))
      setWrong(false)
      reviewing.mutate({ ...own, ...(JSON.parse(more || '{}') as Record<string, unknown>) })
    } catch {
      setWrong(true)
    }
  }
  const elsewhere = faults.filter((it) => !(FIELDS as readonly string[]).includes(it.place))
  return (
    <Card title={textOf(section.document['name'])}>
      <form
        className="card-body stack"
        onSubmit={(event) => {
          event.preventDefault()
          review()
        }}
      >
        {FIELDS.map((key) => (
          <TextInput key={key} label={t(`settings.${key}`)} description={isExplained(key) ? t(`settings.${key}Why`) : undefined} value={textOf(document[key])} error={at(key)} onChange={(event) => setDocument(withKey(document, key, event.currentTarget.value))} />
        ))}
        <Textarea label={t('settings.more')} description={t('settings.moreWhy')} classNames={{ input: 'mono' }} autosize minRows={3} maxRows={16} value={more} error={wrong ? t('segment.jsonWrong') : elsewhere.map((it) => `${it.place}: ${it.problem}`).join('; ') || undefined} onChange={(event) => setMore(event.currentTarget.value)} />
        <div>
          <Button type="submit" variant="filled" loading={reviewing.isPending}>
            {t('settings.review')}
          </Button>
        </div>
      </form>
      <Review plan={plan} close={close} saving={saving.isPending} save={() => saving.mutate()} />
    </Card>
  )
}

interface Change extends PlanLine {
  at: string
  who: string
  version: number
}

function History() {
  const { t, when } = useSpeech()
  const asked = useQuery({ queryKey: ['settings', 'history'], queryFn: () => ask<{ changes: Change[] }>('GET', 'v1/settings/history') })
  const what = (it: Change) => (it.setting === 'sender' ? t('setting.sender', { name: it.sender ?? '' }) : it.setting === 'restaurant' ? t('setting.restaurant', { name: it.restaurant ?? '' }) : t('setting.organisation'))
  return (
    <Card title={t('settings.history')}>
      <Told query={asked}>
        {({ changes }) =>
          changes.length === 0 ? (
            <p className="card-body muted">{t('settings.noHistory')}</p>
          ) : (
            <ul className="journal is-wide">
              {changes.slice(0, 40).map((it) => (
                <li key={`${it.setting} ${it.sender} ${it.restaurant} ${it.version}`}>
                  <time>{when(it.at)}</time>
                  <span>
                    {what(it)} <span className="muted">{it.who}</span>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Told>
    </Card>
  )
}
