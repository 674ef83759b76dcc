import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Failure, Empty, Loading, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { FIRING_STATES, programs, type Firing, type FiringState, type Program } from './ask'
import { ProgramFrame, useProgram } from './frame'
import { FiringBadge } from './marks'
import { reasonSays } from './say'

/** What a program meant to send, to whom, for what, and what became of it. */
export function Journal() {
  const asked = useProgram()
  return <Told query={asked}>{(program) => <Firings program={program} />}</Told>
}

function Firings({ program }: { program: Program }) {
  const { t } = useSpeech()
  const [state, setState] = useState<FiringState | 'all'>('all')
  const list = useInfiniteQuery({
    queryKey: ['program', program.id, 'journal', state],
    queryFn: ({ pageParam }) => programs.journal(program.id, state, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: 15_000,
  })
  const firings = list.data?.pages.flatMap((page) => page.firings) ?? []
  return (
    <ProgramFrame program={program}>
      <section className="card wide-table" tabIndex={0} aria-label={t('program.journal')}>
        <div className="filters">
          <div className="chips" role="group" aria-label={t('mailings.state')}>
            {(['all', ...FIRING_STATES] as const).map((it) => (
              <button key={it} className="chip" type="button" aria-pressed={state === it} onClick={() => setState(it)}>
                {it === 'all' ? t('mailings.all') : t(`firingState.${it}`)}
              </button>
            ))}
          </div>
        </div>
        {list.isError && firings.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading rows={8} />
        ) : firings.length === 0 ? (
          <Empty title={t('program.noFirings')} why={program.state === 'on' ? t('program.noFiringsOn') : t('program.noFiringsOff')} />
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('program.due')}</th>
                <th scope="col">{t('program.guest')}</th>
                <th scope="col">{t('program.occasion')}</th>
                <th scope="col">{t('program.became')}</th>
                <th scope="col">{t('program.why')}</th>
                <th scope="col" className="num">{t('program.version')}</th>
              </tr>
            </thead>
            <tbody>
              {firings.map((it) => (
                <Row key={it.firing} it={it} />
              ))}
            </tbody>
          </table>
        )}
        {list.hasNextPage && (
          <div className="foot">
            <span />
            <Button size="xs" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('audit.more')}
            </Button>
          </div>
        )}
      </section>
    </ProgramFrame>
  )
}

function Row({ it }: { it: Firing }) {
  const speech = useSpeech()
  const { t, when, maybe } = speech
  const message = it.message
  return (
    <tr>
      <td className="nowrap">{when(it.due_at)}</td>
      <th scope="row">
        {it.customer ? (
          <Link data-row className="opens" to="/guests/$id" params={{ id: it.customer }}>
            {it.customer}
          </Link>
        ) : (
          <span className="muted">{t('program.guestGone')}</span>
        )}
      </th>
      <td className="mono wraps">{it.occasion}</td>
      <td>
        <FiringBadge state={it.state} />
      </td>
      <td className="wraps">
        {it.reason && reasonSays(it.reason, speech)}
        {message && [maybe(`message.${message.state}`, message.state ?? ''), message.reason && reasonSays(message.reason, speech)].filter(Boolean).join(': ')}
      </td>
      <td className="num">{it.version}</td>
    </tr>
  )
}
