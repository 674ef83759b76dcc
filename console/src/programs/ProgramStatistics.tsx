import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Bar, Card, Figure } from '../parts/marks'
import { Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { programs, type Program, type ProgramStatistics as Figures } from './ask'
import { brought, ranked } from './figures'
import { ProgramFrame, useProgram } from './frame'
import { reasonSays } from './say'

const DAYS = ['7', '30', '90'] as const

export function ProgramStatistics() {
  const asked = useProgram()
  return <Told query={asked}>{(program) => <Counted program={program} />}</Told>
}

function Counted({ program }: { program: Program }) {
  const { t } = useSpeech()
  const [days, setDays] = useState<string>('30')
  const asked = useQuery({ queryKey: ['program', program.id, 'statistics', Number(days)], queryFn: () => programs.statistics(program.id, Number(days)), refetchInterval: 30_000 })
  return (
    <ProgramFrame program={program} actions={<SegmentedControl size="xs" aria-label={t('program.period')} value={days} onChange={setDays} data={DAYS.map((it) => ({ value: it, label: t('program.days', { n: Number(it) }) }))} />}>
      <Told query={asked}>{(it) => <Brought it={it} />}</Told>
    </ProgramFrame>
  )
}

function Brought({ it }: { it: Figures }) {
  const { t, number, money, share } = useSpeech()
  const all = brought(it)
  return (
    <>
      <section className="card figures" aria-label={t('run.statistics')}>
        <Figure label={t('program.sent')} help={t('program.sentHelp')} value={number(it.sent)} note={it.waiting > 0 ? t('program.waiting', { n: it.waiting }) : t('program.noneWait')} />
        <Figure label={t('program.notSent')} help={t('program.notSentHelp')} value={number(it.skipped + it.cancelled)} note={t('program.cancelledOf', { n: it.cancelled })} />
        <Figure label={t('stats.opened')} help={t('mailings.openedHelp')} value={number(all.opened)} note={t('stats.share', { share: share(all.opened, all.reached) })} />
        <Figure label={t('stats.orders')} help={t('mailings.ordersHelp')} value={number(all.orders)} />
        <Figure label={t('stats.revenue')} value={money(all.revenue)} />
        <Figure label={t('stats.cost')} help={t('stats.costHelp')} value={money(all.cost)} />
      </section>
      <div className="grid-2">
        <Days it={it} />
        <Reasons reasons={it.reasons} />
      </div>
      <Versions it={it} />
    </>
  )
}

function Days({ it }: { it: Figures }) {
  const { t, number, language } = useSpeech()
  const most = Math.max(1, ...it.days.map((day) => day.sent + day.skipped + day.cancelled))
  const say = (day: string) => new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
  return (
    <Card title={t('program.byDay')} aside={<span className="small muted">{t('program.byDayWhy')}</span>}>
      {it.days.length === 0 ? (
        <p className="card-body muted">{t('program.noFirings')}</p>
      ) : (
        <ul className="reasons days">
          {[...it.days].reverse().map((day) => (
            <li key={day.day}>
              <time dateTime={day.day}>{say(day.day)}</time>
              <Bar
                parts={[
                  { share: day.sent / most },
                  { share: day.skipped / most, tone: 'is-paused' },
                  { share: day.cancelled / most, tone: 'is-off' },
                ]}
              />
              <span className="n">{number(day.sent)}</span>
              <span className="n muted">{number(day.skipped + day.cancelled)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

export function Reasons({ reasons, title }: { reasons: Record<string, number>; title?: string }) {
  const speech = useSpeech()
  const { t, number } = speech
  const all = ranked(reasons)
  const most = all[0]?.[1] ?? 1
  return (
    <Card title={title ?? t('program.whyNot')}>
      {all.length === 0 ? (
        <p className="card-body muted">{t('program.nobodySkipped')}</p>
      ) : (
        <ul className="reasons firings">
          {all.map(([reason, n]) => (
            <li key={reason}>
              <span>{reasonSays(reason, speech)}</span>
              <Bar parts={[{ share: n / most, tone: 'is-paused' }]} />
              <span className="n">{number(n)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Versions({ it }: { it: Figures }) {
  const { t, number, money } = useSpeech()
  return (
    <Card title={t('program.versions')} aside={<span className="small muted">{t('program.versionsWhy')}</span>} className="wide-table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('program.version')}</th>
            <th scope="col" className="num">{t('stats.guests')}</th>
            <th scope="col" className="num">{t('stats.opened')}</th>
            <th scope="col" className="num">{t('stats.orders')}</th>
            <th scope="col" className="num">{t('stats.revenue')}</th>
            <th scope="col" className="num">{t('stats.cost')}</th>
          </tr>
        </thead>
        <tbody>
          {it.versions.map(({ version, statistics: of }) => (
            <tr key={version}>
              <th scope="row">{number(version)}</th>
              <td className="num">{number(of.guests_reached)}</td>
              <td className="num">{number(of.opened)}</td>
              <td className="num">{number(of.orders)}</td>
              <td className="num">{money(of.revenue)}</td>
              <td className="num">{money(of.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
