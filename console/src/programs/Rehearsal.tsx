import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { isRefusal } from '../api/refusal'
import { CHANNELS } from '../api/shapes'
import { clockOf, instantOf } from '../lib/format'
import { Card, ChannelMark, Figure } from '../parts/marks'
import { Failure, Loading, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { programs, type Program, type Rehearsed } from './ask'
import { ProgramFrame, useProgram } from './frame'
import { FiringBadge } from './marks'
import { Reasons } from './ProgramStatistics'
import { reasonSays } from './say'

const DAY = 86_400_000

/** Plays a program over a past or coming time: who, when, why not, and what it would cost. Nothing is sent. */
export function Rehearsal() {
  const asked = useProgram()
  return <Told query={asked}>{(program) => <Rehearsing program={program} />}</Told>
}

function Rehearsing({ program }: { program: Program }) {
  const { t, zone } = useSpeech()
  const day = (days: number) => clockOf(new Date(Date.now() + days * DAY), zone).date
  const [time, setTime] = useState({ from: day(-30), to: day(1) })
  const ways = { month: { from: day(-30), to: day(1) }, week: { from: day(0), to: day(7) } }
  const way = (Object.keys(ways) as (keyof typeof ways)[]).find((it) => ways[it].from === time.from && ways[it].to === time.to) ?? 'own'
  // The past ends now, and what is to come begins now.
  const instants = () => {
    const [now, from, to] = [new Date(), instantOf(time.from, '00:00', zone), instantOf(time.to, '00:00', zone)]
    return [way === 'week' ? now : from, way === 'month' ? now : to].map((it) => it.toISOString()) as [string, string]
  }
  const rehearsing = useMutation({ mutationFn: () => programs.rehearse(program.id, ...instants()) })
  const at = (place: string) => (isRefusal(rehearsing.error) ? rehearsing.error.faults.find((it) => it.place === place)?.problem : undefined)
  return (
    <ProgramFrame program={program} about={<span>{t('program.rehearsalWhy')}</span>}>
      <section className="card" aria-label={t('program.rehearsal')}>
        <form
          className="rehearsal-form"
          onSubmit={(event) => {
            event.preventDefault()
            rehearsing.mutate()
          }}
        >
          <SegmentedControl
            aria-label={t('program.period')}
            value={way}
            onChange={(it) => it !== 'own' && setTime(ways[it as keyof typeof ways])}
            data={[
              { value: 'month', label: t('program.lastMonth') },
              { value: 'week', label: t('program.nextWeek') },
              { value: 'own', label: t('program.ownDays') },
            ]}
          />
          <TextInput type="date" label={t('field.from')} required value={time.from} error={at('from')} onChange={(event) => setTime({ ...time, from: event.currentTarget.value })} />
          <TextInput type="date" label={t('field.to')} required value={time.to} error={at('to')} onChange={(event) => setTime({ ...time, to: event.currentTarget.value })} />
          <Button type="submit" variant="filled" leftSection={<IconPlayerPlay />} loading={rehearsing.isPending}>
            {t('program.rehearse')}
          </Button>
        </form>
      </section>
      {rehearsing.isPending ? (
        <section className="card">
          <Loading rows={6} />
        </section>
      ) : rehearsing.isError ? (
        <section className="card">
          <Failure error={rehearsing.error} retry={() => rehearsing.mutate()} />
        </section>
      ) : (
        rehearsing.data && <Outcome it={rehearsing.data} />
      )}
    </ProgramFrame>
  )
}

function Outcome({ it }: { it: Rehearsed }) {
  const { t, number, money, maybe, when } = useSpeech()
  const leaving = CHANNELS.filter((channel) => (it.leaving[channel] ?? 0) > 0)
  const sum = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0)
  return (
    <div aria-live="polite" className="rehearsed">
      <section className="card figures" aria-label={t('program.wouldHappen')}>
        <Figure label={t('program.wouldLeave')} help={t('program.wouldLeaveHelp')} value={number(sum(it.leaving))} note={leaving.map((channel) => `${t(`channel.${channel}`)} ${number(it.leaving[channel] ?? 0)}`).join(', ') || '–'} />
        <Figure label={t('program.wouldSkip')} help={t('program.notSentHelp')} value={number(it.skipped + it.cancelled)} note={t('program.cancelledOf', { n: it.cancelled })} />
        <Figure label={t('program.wouldHold')} help={t('program.wouldHoldHelp')} value={number(sum(it.not_sent))} />
        <Figure label={t('program.wouldCost')} help={t('program.wouldCostHelp')} value={it.cost ? money(it.cost) : '–'} note={it.sms_parts > 0 ? t('count.parts', { n: it.sms_parts }) : undefined} />
        {it.waiting > 0 && <Figure label={t('firingState.waiting')} value={number(it.waiting)} />}
      </section>
      {it.taken_as_today && it.taken_as_today.length > 0 && <p className="notice is-info">{t('program.asToday', { what: it.taken_as_today.map((name) => maybe(`asToday.${name}`, name)).join(', ') })}</p>}
      <div className="grid-2">
        <Reasons reasons={it.reasons} />
        <Reasons reasons={it.not_sent} title={t('program.wouldHoldWhy')} />
      </div>
      {it.days && it.days.length > 0 && <ByDay days={it.days} />}
      <Card title={t('program.rows')} className="wide-table">
        {it.rows.length === 0 ? (
          <p className="card-body muted">{t('program.noRows')}</p>
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('program.due')}</th>
                <th scope="col">{t('program.guest')}</th>
                <th scope="col">{t('program.occasion')}</th>
                <th scope="col">{t('program.became')}</th>
                <th scope="col">{t('program.why')}</th>
              </tr>
            </thead>
            <tbody>
              {it.rows.map((row) => (
                <tr key={`${row.customer} ${row.occasion} ${row.due_at}`}>
                  <td className="nowrap">{when(row.due_at)}</td>
                  <th scope="row">
                    <Link data-row className="opens" to="/guests/$id" params={{ id: row.customer }}>
                      {row.customer}
                    </Link>
                  </th>
                  <td className="mono wraps">{row.occasion}</td>
                  <td>
                    <FiringBadge state={row.state} />
                  </td>
                  <td className="wraps">
                    <Why row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {it.rows_left_off > 0 && <p className="foot">{t('program.moreRows', { n: it.rows_left_off })}</p>}
      </Card>
    </div>
  )
}

function Why({ row }: { row: Rehearsed['rows'][number] }) {
  const speech = useSpeech()
  const { t, when } = speech
  if (row.reason) return <>{reasonSays(row.reason, speech)}</>
  if (!row.message) return null
  const channel = CHANNELS.find((it) => it === row.message?.channel)
  return (
    <>
      {channel && <ChannelMark channel={channel} />} {row.message.not_sent ? reasonSays(row.message.not_sent, speech) : t('program.leaves', { when: when(row.message.leaves_at) })}
    </>
  )
}

function ByDay({ days }: { days: NonNullable<Rehearsed['days']> }) {
  const { t, number, money } = useSpeech()
  return (
    <Card title={t('program.byDay')} className="wide-table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('when.date')}</th>
            <th scope="col" className="num">{t('program.wouldLeave')}</th>
            <th scope="col" className="num">{t('program.wouldSkip')}</th>
            <th scope="col" className="num">{t('program.wouldCost')}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((it) => (
            <tr key={it.day}>
              <th scope="row">{it.day}</th>
              <td className="num">{number(it.sent)}</td>
              <td className="num">{number(it.skipped + it.cancelled)}</td>
              <td className="num">{it.cost ? money(it.cost) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
