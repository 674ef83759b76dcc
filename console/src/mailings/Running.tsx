import { Button } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { mailings, runs } from '../api/ask'
import type { MailingState, Progress } from '../api/shapes'
import { Card, Figure, Opens } from '../parts/marks'
import { tellRefusal } from '../parts/notify'
import { Empty, Told } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { Cancelling } from './Cancelling'
import { Ending } from './Ending'
import { MailingFrame } from './frame'
import { Reasons } from './Reasons'
import { Ring } from './Ring'
import { slices } from './ring'

const isOver = (state: string) => state === 'finished' || state === 'cancelled'

export function Running() {
  const may = useMay()
  const { t, when } = useSpeech()
  const { id: written } = useParams({ strict: false }) as { id: string }
  const id = Number(written)
  const asked = useQuery({ queryKey: ['mailing', id], queryFn: () => mailings.show(id), refetchInterval: 5_000 })
  const all = useQuery({ queryKey: ['runs', id], queryFn: () => mailings.runs(id), refetchInterval: 5_000 })
  const last = all.data?.find((it) => !it.test)
  const run = useQuery({
    queryKey: ['run', last?.run],
    queryFn: () => runs.show(last?.run ?? 0),
    enabled: last !== undefined,
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.state) ? false : 2_000),
  })
  return (
    <Told query={asked}>
      {(mailing) => (
        <MailingFrame
          mailing={{ ...mailing, state: (run.data?.state as MailingState | undefined) ?? mailing.state }}
          about={last && <span>{t(last.state === 'scheduled' ? 'run.startsAt' : 'run.startedAt', { when: when(last.start_at) })}</span>}
          actions={run.data && !isOver(run.data.state) && may('launch') && <Controls run={run.data} />}
        >
          {all.data && !last ? <Empty title={t('run.none')} /> : <Told query={run}>{(it) => <Now run={it} mailing={id} />}</Told>}
        </MailingFrame>
      )}
    </Told>
  )
}

function Now({ run, mailing }: { run: Progress; mailing: number }) {
  const { t, time, number, money, share } = useSpeech()
  const figures = useQuery({ queryKey: ['statistics', mailing], queryFn: () => mailings.statistics(mailing), refetchInterval: isOver(run.state) ? false : 5_000 })
  const it = figures.data
  const of = (outcome: string) => ({ mailing: { id: mailing, outcome: [outcome] } })
  const excluded = Object.entries(run.excluded).filter(([, n]) => n > 0)
  return (
    <>
      {run.state === 'paused' && (
        <p className="notice is-warn" role="status">
          <IconPlayerPause aria-hidden />
          {t('run.paused', { reason: run.paused_reason ?? '–' })}
        </p>
      )}
      <div className="run-grid">
        <Card
          title={t('count.guests', { n: run.planned })}
          aside={it && <span className="small muted">{t('run.updated', { time: time(it.as_of) })}</span>}
        >
          <Ring byState={run.by_state} />
        </Card>
        <Ending mailing={mailing} run={run} />
      </div>
      {it && (
        <section className="card figures" aria-label={t('run.statistics')}>
          <Figure label={t('mailings.sent')} help={t('mailings.sentHelp')} value={<Opens n={it.guests_reached} filter={of('sent')} />} note={t('stats.ofPlanned', { n: it.planned })} />
          <Figure label={t('mailings.opened')} help={t('mailings.openedHelp')} value={<Opens n={it.opened} filter={of('opened')} />} note={share(it.opened, it.guests_reached)} />
          <Figure label={t('mailings.orders')} help={t('mailings.ordersHelp')} value={number(it.orders)} note={share(it.buyers, it.guests_reached)} />
          <Figure label={t('mailings.revenue')} value={money(it.revenue)} note={it.average_check === null ? '–' : t('stats.check', { money: money(it.average_check) })} />
          <Figure label={t('stats.cost')} help={t('stats.costHelp')} value={money(it.cost)} note={t('stats.sends', { n: it.sends })} />
        </section>
      )}
      <Reasons reasons={run.reasons} />
      {excluded.length > 0 && (
        <Card title={t('run.excluded')} aside={<span className="small muted">{t('run.excludedHelp')}</span>}>
          <ExcludedList excluded={excluded} />
        </Card>
      )}
    </>
  )
}

export function ExcludedList({ excluded }: { excluded: [string, number][] }) {
  const { maybe, number } = useSpeech()
  return (
    <dl className="sum card-body">
      {excluded.map(([reason, n]) => (
        <div key={reason} className="contents">
          <dt>{maybe(`exclusion.${reason}`, reason)}</dt>
          <dd>{number(n)}</dd>
        </div>
      ))}
    </dl>
  )
}

function Controls({ run }: { run: Progress }) {
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const [cancelling, setCancelling] = useState(false)
  const turning = useMutation({
    mutationFn: () => (run.state === 'paused' ? runs.resume(run.run) : runs.pause(run.run, t('run.pauseReason'))),
    onError: (error) => tellRefusal(error, speech),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['run', run.run] }),
  })
  const paused = run.state === 'paused'
  return (
    <>
      <div className="run-controls">
        <Button color="bad" onClick={() => setCancelling(true)}>
          {t('run.cancel')}
        </Button>
        {run.state !== 'scheduled' && (
          <Button variant="filled" color="accent" className="pause" leftSection={paused ? <IconPlayerPlay /> : <IconPlayerPause />} loading={turning.isPending} onClick={() => turning.mutate()}>
            {paused ? t('run.resume') : t('run.pause')}
          </Button>
        )}
      </div>
      <Cancelling opened={cancelling} close={() => setCancelling(false)} run={run} left={slices(run.by_state).waiting} />
    </>
  )
}
