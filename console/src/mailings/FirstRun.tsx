import { Button } from '@mantine/core'
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { audience } from '../api/ask'
import { ask } from '../api/client'
import type { Listed } from '../api/shapes'
import { Card } from '../parts/marks'
import { useMay } from '../session/session'
import type { Section } from '../settings/senderForm'
import { useSpeech } from '../words/speech'

/** What leads an empty organisation to its first mailing: each step with what is there already and what to do next. */
export function FirstRun({ draft, button }: { draft: Listed | undefined; button: ReactNode }) {
  const { t } = useSpeech()
  const may = useMay()
  const base = useQuery({ queryKey: ['count', '{}'], queryFn: () => audience.count({}), enabled: may('guests_read'), refetchInterval: 10_000, retry: false })
  const settings = useQuery({ queryKey: ['settings', 'all'], queryFn: () => ask<{ settings: Section[] }>('GET', 'v1/settings'), enabled: may('settings'), retry: false })
  const { count = 0, reachable = 0 } = base.data ?? {}
  const senders = settings.data?.settings.filter((it) => it.setting === 'sender').length ?? 0
  const steps: Step[] = [
    ...(may('guests_read')
      ? [
          { word: 'first.guests' as const, done: count > 0 ? t('first.guestsDone', { guests: t('count.guests', { n: count }) }) : null, why: may('import') ? t('first.guestsHow') : t('first.guestsWhy'), ...(may('import')
              ? { doing: <Button variant="filled" component={Link} to="/import">{t('first.guestsDo')}</Button> }
              : { command: 'bellhop import customers guests.csv && bellhop import orders orders.csv' }) },
          { word: 'first.consent' as const, done: reachable > 0 ? t('first.consentDone', { guests: t('count.guests', { n: reachable }) }) : null, why: t('first.consentWhy') },
        ]
      : []),
    ...(may('settings') ? [{ word: 'first.sender' as const, done: senders > 0 ? t('first.senderDone', { n: senders }) : null, why: t('first.senderWhy'), command: 'bellhop apply bellhop.toml' }] : []),
    {
      word: 'first.draft',
      done: draft ? draft.name : null,
      why: t('first.draftWhy'),
      doing: (
        <>
          {button}
          <Button component={Link} to="/segments" search={{} as never}>
            {t('first.segment')}
          </Button>
        </>
      ),
    },
    {
      word: 'first.launch',
      done: null,
      why: t('first.launchWhy'),
      doing: draft && (
        <Button variant="filled" component={Link} to="/mailings/$id/edit" params={{ id: String(draft.id) } as never}>
          {t('first.draftDo')}
        </Button>
      ),
    },
  ]
  const next = steps.findIndex((step) => step.done === null)
  return (
    <Card title={t('first.title')} aside={<span className="muted">{t('first.done', { n: steps.filter((step) => step.done !== null).length, all: steps.length })}</span>}>
      <ol className="first-run">
        {steps.map((step, at) => (
          <li key={step.word} className={step.done === null ? (at === next ? 'is-next' : undefined) : 'is-done'} aria-current={at === next ? 'step' : undefined}>
            {step.done === null ? <IconCircleDashed role="img" aria-label={t('first.stepOpen')} /> : <IconCircleCheck role="img" aria-label={t('first.stepDone')} />}
            <div>
              <h3>
                {t(step.word)} {step.done !== null && <span className="muted">{step.done}</span>}
              </h3>
              {step.done === null && <p className="muted">{step.why}</p>}
              {step.done === null && step.command && <code className="mono command">{step.command}</code>}
              {at === next && step.doing && <div className="row wrap">{step.doing}</div>}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  )
}

interface Step {
  word: 'first.guests' | 'first.consent' | 'first.sender' | 'first.draft' | 'first.launch'
  /** What is there already; nothing if it is to be done. */
  done: string | null
  why: string
  command?: string
  doing?: ReactNode
}
