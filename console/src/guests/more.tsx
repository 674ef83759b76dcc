import { Button } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ask } from '../api/client'
import { CHANNELS } from '../api/shapes'
import { Card, ChannelMark } from '../parts/marks'
import { Told } from '../parts/states'
import { reasonSays } from '../programs/say'
import { useSpeech } from '../words/speech'

const of = (guest: string, what: string) => `v1/guests/${encodeURIComponent(guest)}/${what}`

interface Coming {
  of: 'program' | 'mailing'
  program?: number
  mailing?: number
  name: string
  start?: string
  due_at?: string
  state?: string
  reason?: string
  channel?: string
  leaves_at?: string
  message?: { channel: string; leaves_at: string; not_sent?: string }
}

interface GuestWeek {
  rows: Coming[]
  nothing_from: { program: number; name: string; reason: string }[]
}

/** What becomes of each thing that is to come, in one shape. */
const told = (row: Coming) => {
  const reason = row.reason ?? row.message?.not_sent
  return { reason, when: row.message?.leaves_at ?? row.leaves_at ?? row.due_at ?? row.start, channel: CHANNELS.find((it) => it === (row.message?.channel ?? row.channel)), gets: !reason && row.state !== 'skipped' && row.state !== 'cancelled' }
}

/** What a guest will get within seven days, and why not. */
export function NextWeek({ guest }: { guest: string }) {
  const speech = useSpeech()
  const { t, when } = speech
  const asked = useQuery({ queryKey: ['guest', guest, 'week'], queryFn: () => ask<GuestWeek>('GET', of(guest, 'next-week')), retry: false })
  return (
    <Card title={t('week7.title')} className="wide-table">
      <Told query={asked} rows={3}>
        {({ rows, nothing_from }) => (
          <>
            {rows.length === 0 ? (
              <p className="card-body muted">{t('week7.none')}</p>
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t('program.due')}</th>
                    <th scope="col">{t('week7.what')}</th>
                    <th scope="col">{t('week7.decision')}</th>
                    <th scope="col">{t('program.why')}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row, at) => {
                    const it = told(row)
                    return (
                      <tr key={at}>
                        <td className="nowrap">{when(it.when)}</td>
                        <th scope="row">
                          <Link className="opens" to={row.of === 'program' ? '/programs/$id' : '/mailings/$id'} params={{ id: String(row.program ?? row.mailing) }}>
                            {row.name}
                          </Link>
                          <span className="about">{it.channel && <ChannelMark channel={it.channel} />}</span>
                        </th>
                        <td>
                          <span className="row">
                            {it.gets ? <IconCheck className="is-ok-mark" aria-hidden /> : <IconX className="is-bad-mark" aria-hidden />}
                            {it.gets ? t('week7.gets') : t('week7.not')}
                          </span>
                        </td>
                        <td className="wraps muted">{it.reason === 'outside_audience' ? t('week7.outside') : it.reason && reasonSays(it.reason, speech)}</td>
                      </tr>
                    )
                  })}
                </tbody>
              </table>
            )}
            {nothing_from.length > 0 && <p className="card-note hint">{t('week7.byEvents', { names: nothing_from.map((it) => it.name).join(', ') })}</p>}
          </>
        )}
      </Told>
    </Card>
  )
}

interface Order {
  order_id: string
  placed_at: string
  status: string
  total: string
  restaurant?: string
  items: { dish?: string; quantity: number }[]
}

interface Sent {
  message: string
  mailing: number
  mailing_name: string
  test: boolean
  channel: string
  state: string
  reason?: string
  at: string
}

/** A list that goes on by its cursor. */
function Pages<T>({ title, none, path, name, head, row }: { title: string; none: string; path: string; name: string; head: string[]; row: (it: T) => ReactNode }) {
  const { t } = useSpeech()
  const list = useInfiniteQuery({
    queryKey: ['guest', path],
    queryFn: ({ pageParam }) => ask<Record<string, T[]> & { next?: number | string }>('GET', `${path}?limit=20${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`),
    initialPageParam: '' as number | string,
    getNextPageParam: (last) => last.next,
    retry: false,
  })
  const rows = list.data?.pages.flatMap((page) => page[name] ?? []) ?? []
  return (
    <Card title={title} className="wide-table">
      {list.isPending || list.isError ? (
        <Told query={list as never}>{() => null}</Told>
      ) : rows.length === 0 ? (
        <p className="card-body muted">{none}</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              {head.map((it, at) => (
                <th key={it} scope="col" className={at === head.length - 1 ? 'num' : undefined}>
                  {it}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{rows.map(row)}</tbody>
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
    </Card>
  )
}

export function Orders({ guest }: { guest: string }) {
  const { t, when, money, maybe, number } = useSpeech()
  const items = (it: Order) => it.items.map((item) => `${item.dish ?? '–'}${item.quantity > 1 ? ` ×${number(item.quantity)}` : ''}`).join(', ')
  return (
    <Pages<Order>
      title={t('orders.title')}
      none={t('orders.none')}
      path={of(guest, 'orders')}
      name="orders"
      head={[t('orders.order'), t('program.due'), t('orders.items'), t('orders.where'), t('mailings.state'), t('orders.total')]}
      row={(it) => (
        <tr key={it.order_id}>
          <th scope="row">{it.order_id}</th>
          <td className="nowrap">{when(it.placed_at)}</td>
          <td className="wraps">{items(it)}</td>
          <td>{it.restaurant ?? '–'}</td>
          <td>{maybe(`order.${it.status}`, it.status)}</td>
          <td className="num">{money(it.total)}</td>
        </tr>
      )}
    />
  )
}

export function SentTo({ guest }: { guest: string }) {
  const speech = useSpeech()
  const { t, when, maybe, because } = speech
  const channel = (name: string) => CHANNELS.find((it) => it === name)
  return (
    <Pages<Sent>
      title={t('sentTo.title')}
      none={t('sentTo.none')}
      path={of(guest, 'messages')}
      name="messages"
      head={[t('program.due'), t('mailings.name'), t('run.channel'), t('program.became')]}
      row={(it) => {
        const mark = channel(it.channel)
        return (
          <tr key={it.message}>
            <td className="nowrap">{when(it.at)}</td>
            <th scope="row">
              <Link className="opens" to="/mailings/$id" params={{ id: String(it.mailing) }}>
                {it.mailing_name}
              </Link>{' '}
              {it.test && <span className="badge">{t('sentTo.test')}</span>}
            </th>
            <td>{mark && <ChannelMark channel={mark} />}</td>
            <td className="num">
              {maybe(`message.${it.state}`, it.state)}
              {it.reason && <span className="muted"> {because(it.reason)}</span>}
            </td>
          </tr>
        )
      }}
    />
  )
}
