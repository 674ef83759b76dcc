import { Button } from '@mantine/core'
import { IconCopy, IconFilter } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { mailings } from '../api/ask'
import { CHANNELS, type ChannelFigures, type Channel, type Statistics } from '../api/shapes'
import { Card, ChannelMark, Figure, Opens } from '../parts/marks'
import { tellRefusal } from '../parts/notify'
import { Empty, Told } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { Bar } from '../parts/marks'
import { MailingFrame } from './frame'
import { Funnel } from './Funnel'
import { Reasons } from './Reasons'

export function StatisticsPage() {
  const may = useMay()
  const speech = useSpeech()
  const { t, when } = speech
  const go = useNavigate()
  const { id: written } = useParams({ strict: false }) as { id: string }
  const id = Number(written)
  const asked = useQuery({ queryKey: ['mailing', id], queryFn: () => mailings.show(id) })
  const figures = useQuery({ queryKey: ['statistics', id], queryFn: () => mailings.statistics(id), refetchInterval: 10_000 })
  const repeating = useMutation({
    mutationFn: (name: string) => mailings.duplicate(id, t('mailings.copyName', { name })),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: (copy) => void go({ to: '/mailings/$id/edit', params: { id: String(copy.id) } }),
  })
  return (
    <Told query={asked}>
      {(mailing) => (
        <MailingFrame
          mailing={{ ...mailing, state: figures.data?.state ?? mailing.state }}
          about={figures.data && <span>{t('stats.asOf', { when: when(figures.data.as_of) })}</span>}
          actions={
            may('mailings') && <Button leftSection={<IconCopy />} loading={repeating.isPending} onClick={() => repeating.mutate(mailing.name)}>
              {t('stats.repeat')}
            </Button>
          }
        >
          <Told query={figures}>{(it) => (it.state === 'draft' ? <Empty title={t('stats.none')} /> : <Brought id={id} it={it} />)}</Told>
        </MailingFrame>
      )}
    </Told>
  )
}

function Brought({ id, it }: { id: number; it: Statistics }) {
  const { t, number, money, share } = useSpeech()
  const of = (outcome: string) => ({ mailing: { id, outcome: [outcome] } })
  const follow = [
    ['stats.segmentOpened', 'opened'],
    ['stats.segmentNotOpened', 'not_opened'],
    ['stats.segmentSent', 'sent'],
  ] as const
  return (
    <>
      <section className="card figures" aria-label={t('run.statistics')}>
        <Figure label={t('stats.guests')} help={t('mailings.sentHelp')} value={<Opens n={it.guests_reached} filter={of('sent')} />} note={t('stats.ofPlanned', { n: it.planned })} />
        <Figure label={t('stats.opened')} help={t('mailings.openedHelp')} value={<Opens n={it.opened} filter={of('opened')} />} note={t('stats.share', { share: share(it.opened, it.guests_reached) })} />
        <Figure label={t('stats.buyers')} help={t('stats.buyersHelp')} value={number(it.buyers)} note={t('stats.share', { share: share(it.buyers, it.guests_reached) })} />
        <Figure label={t('stats.orders')} help={t('mailings.ordersHelp')} value={number(it.orders)} note={it.average_check === null ? '–' : t('stats.check', { money: money(it.average_check) })} />
        <Figure label={t('stats.revenue')} value={money(it.revenue)} note={it.revenue_per_send === null ? '–' : t('stats.perSend', { money: money(it.revenue_per_send) })} />
        <Figure label={t('stats.cost')} help={t('stats.costHelp')} value={money(it.cost)} note={t('stats.sends', { n: it.sends })} />
      </section>
      <div className="grid-2">
        <Card title={t('stats.funnel')} aside={<span className="small muted">{t('stats.ofSent')}</span>}>
          <Funnel it={it} />
        </Card>
        <div className="stack">
          <Failures it={it} />
          <Card title={t('stats.segment')}>
            <div className="card-body row wrap">
              {follow.map(([words, outcome]) => (
                <Button key={outcome} leftSection={<IconFilter />} component={Link} to="/segments" search={{ filter: JSON.stringify(of(outcome)) } as never}>
                  {t(words)}
                </Button>
              ))}
            </div>
          </Card>
        </div>
      </div>
      <ByChannel it={it} />
      <Reasons reasons={it.reasons} />
      {it.orders_by_non_recipients > 0 && (
        <p className="notice is-info">{t('stats.others', { orders: t('count.orders', { n: it.orders_by_non_recipients }), money: money(it.revenue_by_non_recipients) })}</p>
      )}
    </>
  )
}

const failed = (of: ChannelFigures) => Object.values(of.failed).reduce((a, b) => a + b, 0)

function ByChannel({ it }: { it: Statistics }) {
  const { t, number, money, share } = useSpeech()
  const rows = CHANNELS.flatMap((channel) => (it.channels[channel] ? [[channel, it.channels[channel]] as const] : []))
  const sum = (of: (figures: ChannelFigures) => number) => number(rows.reduce((all, [, figures]) => all + of(figures), 0))
  return (
    <Card title={t('stats.byChannel')} aside={<span className="small muted">{t('stats.byChannelWhy')}</span>} className="wide-table">
      <table className="table channels">
        <thead>
          <tr>
            <th scope="col">{t('run.channel')}</th>
            <th scope="col" className="num">{t('mailings.sent')}</th>
            <th scope="col" className="num">{t('stats.delivered')}</th>
            <th scope="col" className="num">{t('stats.refused')}</th>
            <th scope="col" className="num">{t('stats.opened')}</th>
            <th scope="col" className="num">{t('stats.cost')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([channel, figures]) => (
            <tr key={channel}>
              <th scope="row">
                <ChannelMark channel={channel} />
              </th>
              <td className="num">{number(figures.sent)}</td>
              <td className="num">
                {figures.delivered === null ? <span className="none" title={t('stats.noReceipts')}>–</span> : number(figures.delivered)}
                {figures.delivered !== null && <small>{share(figures.delivered, figures.sent)}</small>}
              </td>
              <td className="num">{number(failed(figures))}</td>
              <td className="num">
                {number(figures.opened)}
                <small>{share(figures.opened, figures.sent)}</small>
              </td>
              <td className="num">{money(figures.cost)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('stats.total')}</th>
            <td className="num">{sum((of) => of.sent)}</td>
            <td className="num">{sum((of) => of.delivered ?? 0)}</td>
            <td className="num">{sum(failed)}</td>
            <td className="num">{number(it.opened)}</td>
            <td className="num">{money(it.cost)}</td>
          </tr>
        </tfoot>
      </table>
    </Card>
  )
}

function Failures({ it }: { it: Statistics }) {
  const { t, because, number } = useSpeech()
  const all = CHANNELS.flatMap((channel: Channel) => Object.entries(it.channels[channel]?.failed ?? {}).map(([reason, n]) => ({ channel, reason, n })))
  const ranked = all.filter((row) => row.n > 0).sort((a, b) => b.n - a.n)
  const most = ranked[0]?.n ?? 1
  return (
    <Card title={t('stats.failures')}>
      {ranked.length === 0 ? (
        <p className="card-body muted">{t('stats.noFailures')}</p>
      ) : (
        <ul className="reasons">
          {ranked.map((row) => (
            <li key={`${row.channel} ${row.reason}`}>
              <ChannelMark channel={row.channel} />
              <span>{because(row.reason)}</span>
              <Bar parts={[{ share: row.n / most }]} />
              <span className="n">{number(row.n)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
