import { SegmentedControl, TextInput } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ask, ROOT } from '../api/client'
import { CHANNELS } from '../api/shapes'
import { clockOf } from '../lib/format'
import { Card, ChannelMark, Figure } from '../parts/marks'
import { Page, Told } from '../parts/states'
import { useSpeech } from '../words/speech'

interface Figures {
  planned: number
  sends: number
  sent: number
  delivered: number
  opened: number
  cost: string
  orders: number
  revenue: string
  buyers: number
}

interface Reported {
  from: string
  until: string
  total: Figures
  channels: { channel: string; sends: number; sent: number; delivered: number; opened: number; cost: string; opt_outs: number }[]
  programs: (Figures & { program: number; name: string })[]
  mailings: (Figures & { mailing: number; name: string })[]
  restaurants: { restaurant?: string | null; orders: number; revenue: string; buyers: number }[]
}

const DAY = 86_400_000
const SPANS = ['7', '30', '90'] as const

/** A period over all mailings and programs: what went out, what it cost and what it brought. */
export function Report() {
  const { t, zone } = useSpeech()
  const day = (ago: number) => clockOf(new Date(Date.now() - ago * DAY), zone).date
  const [time, setTime] = useState({ from: day(30), until: day(-1) })
  const span = SPANS.find((it) => time.from === day(Number(it)) && time.until === day(-1)) ?? 'own'
  const query = new URLSearchParams(time).toString()
  const asked = useQuery({ queryKey: ['report', query], queryFn: () => ask<Reported>('GET', `v1/report?${query}`), placeholderData: keepPreviousData, retry: false })
  return (
    <Page
      title={t('report.title')}
      actions={
        <a className="button" href={new URL(`v1/report.csv?${query}`, ROOT).href} download>
          <IconDownload aria-hidden /> CSV
        </a>
      }
    >
      <section className="card rehearsal-form" aria-label={t('program.period')}>
        <SegmentedControl aria-label={t('program.period')} value={span} onChange={(it) => it !== 'own' && setTime({ from: day(Number(it)), until: day(-1) })} data={[...SPANS.map((it) => ({ value: it as string, label: t('program.days', { n: Number(it) }) })), { value: 'own', label: t('program.ownDays') }]} />
        <TextInput type="date" label={t('field.from')} value={time.from} onChange={(event) => event.currentTarget.value && setTime({ ...time, from: event.currentTarget.value })} />
        <TextInput type="date" label={t('field.to')} value={time.until} onChange={(event) => event.currentTarget.value && setTime({ ...time, until: event.currentTarget.value })} />
      </section>
      <Told query={asked}>{(it) => <Whole it={it} />}</Told>
    </Page>
  )
}

function Whole({ it }: { it: Reported }) {
  const { t, number, money, share } = useSpeech()
  const all = it.total
  return (
    <>
      <section className="card figures" aria-label={t('report.title')}>
        <Figure label={t('mailings.sent')} help={t('report.sentHelp')} value={number(all.sent)} note={t('stats.ofPlanned', { n: all.planned })} />
        <Figure label={t('stats.opened')} help={t('mailings.openedHelp')} value={number(all.opened)} note={share(all.opened, all.sent)} />
        <Figure label={t('stats.buyers')} help={t('stats.buyersHelp')} value={number(all.buyers)} />
        <Figure label={t('stats.orders')} help={t('mailings.ordersHelp')} value={number(all.orders)} />
        <Figure label={t('stats.revenue')} value={money(all.revenue)} />
        <Figure label={t('stats.cost')} help={t('stats.costHelp')} value={money(all.cost)} />
      </section>
      <Channels it={it} />
      <Table title={t('program.title')} rows={it.programs.map((row) => ({ ...row, to: '/programs/$id/statistics', id: row.program }))} />
      <Table title={t('mailings.title')} rows={it.mailings.map((row) => ({ ...row, to: '/mailings/$id/statistics', id: row.mailing }))} />
      <Restaurants it={it} />
    </>
  )
}

function Channels({ it }: { it: Reported }) {
  const { t, number, money } = useSpeech()
  return (
    <Card title={t('stats.byChannel')} className="wide-table">
      <table className="table report-table">
        <thead>
          <tr>
            <th scope="col">{t('run.channel')}</th>
            <th scope="col" className="num">{t('mailings.sent')}</th>
            <th scope="col" className="num">{t('stats.delivered')}</th>
            <th scope="col" className="num">{t('stats.opened')}</th>
            <th scope="col" className="num" title={t('report.optOutsHelp')}>{t('report.optOuts')}</th>
            <th scope="col" className="num">{t('stats.cost')}</th>
          </tr>
        </thead>
        <tbody>
          {it.channels.map((row) => {
            const channel = CHANNELS.find((own) => own === row.channel)
            return (
              <tr key={row.channel}>
                <th scope="row">{channel ? <ChannelMark channel={channel} /> : t('report.allChannels')}</th>
                {/* What is said of all channels at once is only who has had enough. */}
                <td className="num">{channel ? number(row.sent) : '–'}</td>
                <td className="num">{channel ? number(row.delivered) : '–'}</td>
                <td className="num">{channel ? number(row.opened) : '–'}</td>
                <td className="num">{number(row.opt_outs)}</td>
                <td className="num">{channel ? money(row.cost) : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Card>
  )
}

function Table({ title, rows }: { title: string; rows: (Figures & { name: string; to: string; id: number })[] }) {
  const { t, number, money } = useSpeech()
  return (
    <Card title={title} className="wide-table">
      {rows.length === 0 ? (
        <p className="card-body muted">{t('report.none')}</p>
      ) : (
        <table className="table report-table">
          <thead>
            <tr>
              <th scope="col">{t('report.name')}</th>
              <th scope="col" className="num">{t('mailings.sent')}</th>
              <th scope="col" className="num">{t('stats.opened')}</th>
              <th scope="col" className="num">{t('stats.orders')}</th>
              <th scope="col" className="num">{t('stats.revenue')}</th>
              <th scope="col" className="num">{t('stats.cost')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <Link className="name" data-row to={row.to} params={{ id: String(row.id) } as never}>
                    {row.name}
                  </Link>
                </th>
                <td className="num">{number(row.sent)}</td>
                <td className="num">{number(row.opened)}</td>
                <td className="num">{number(row.orders)}</td>
                <td className="num">{money(row.revenue)}</td>
                <td className="num">{money(row.cost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

function Restaurants({ it }: { it: Reported }) {
  const { t, number, money } = useSpeech()
  if (it.restaurants.length === 0) return null
  return (
    <Card title={t('report.restaurants')} className="wide-table">
      <table className="table report-table">
        <thead>
          <tr>
            <th scope="col">{t('orders.where')}</th>
            <th scope="col" className="num">{t('stats.orders')}</th>
            <th scope="col" className="num">{t('stats.buyers')}</th>
            <th scope="col" className="num">{t('stats.revenue')}</th>
          </tr>
        </thead>
        <tbody>
          {it.restaurants.map((row) => (
            <tr key={row.restaurant ?? ''}>
              <th scope="row">{row.restaurant ?? <span className="muted">{t('report.noRestaurant')}</span>}</th>
              <td className="num">{number(row.orders)}</td>
              <td className="num">{number(row.buyers)}</td>
              <td className="num">{money(row.revenue)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
