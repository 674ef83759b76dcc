import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconChevronLeft, IconClock, IconRefresh, type Icon } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { tell, tellRefusal } from '../parts/notify'
import { Empty, Failure, Loading, Page } from '../parts/states'
import { useSpeech } from '../words/speech'
import { DELIVERY_STATES, webhooks, type Delivery, type DeliveryState } from './ask'

const STATE: Record<DeliveryState, [Icon, string]> = { waiting: [IconClock, 'is-info'], delivered: [IconCheck, 'is-ok'], dead: [IconAlertTriangle, 'is-bad'] }

/** What a webhook was told, what was answered, and once more. */
export function Deliveries() {
  const { t } = useSpeech()
  const { id: written } = useParams({ strict: false }) as { id: string }
  const id = Number(written)
  const [state, setState] = useState<DeliveryState | 'all'>('all')
  const known = useQuery({ queryKey: ['webhooks'], queryFn: webhooks.list })
  const list = useInfiniteQuery({
    queryKey: ['webhooks', id, 'deliveries', state],
    queryFn: ({ pageParam }) => webhooks.deliveries(id, state, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: 5_000,
  })
  const webhook = known.data?.find((it) => it.id === id)
  const deliveries = list.data?.pages.flatMap((page) => page.deliveries) ?? []
  return (
    <Page
      title={webhook?.name ?? t('delivery.title')}
      back={
        <Link className="back" to="/webhooks" aria-label={t('webhook.title')}>
          <IconChevronLeft aria-hidden />
        </Link>
      }
    >
      {webhook && <p className="head-about wraps">{webhook.url}</p>}
      <section className="card wide-table" tabIndex={0} aria-label={t('delivery.title')}>
        <div className="filters">
          <div className="chips" role="group" aria-label={t('webhook.state')}>
            {(['all', ...DELIVERY_STATES] as const).map((it) => (
              <button key={it} className="chip" type="button" aria-pressed={state === it} onClick={() => setState(it)}>
                {it === 'all' ? t('mailings.all') : t(`deliveryState.${it}`)}
              </button>
            ))}
          </div>
        </div>
        {list.isError && deliveries.length === 0 ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading rows={6} />
        ) : deliveries.length === 0 ? (
          <Empty title={t('delivery.none')} why={t('delivery.noneWhy')} />
        ) : (
          <table className="table cards-on-phone">
            <thead>
              <tr>
                <th scope="col">{t('delivery.at')}</th>
                <th scope="col">{t('delivery.kind')}</th>
                <th scope="col">{t('delivery.subject')}</th>
                <th scope="col">{t('webhook.state')}</th>
                <th scope="col" className="num">{t('delivery.tries')}</th>
                <th scope="col">{t('delivery.answer')}</th>
                <th scope="col">
                  <span className="hidden-visually">{t('do.more')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {deliveries.map((it) => (
                <Row key={it.id} it={it} />
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
    </Page>
  )
}

const laidOut = (body: string) => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

function Row({ it }: { it: Delivery }) {
  const speech = useSpeech()
  const { t, when, number, maybe } = speech
  const queries = useQueryClient()
  const replaying = useMutation({
    mutationFn: () => webhooks.replay(it.id),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: () => tell(t('delivery.replayed')),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const [Mark, tone] = STATE[it.state]
  const kind = maybe(`webhookKind.${it.kind}`, it.kind)
  return (
    <tr>
      <td className="nowrap">{when(it.created_at)}</td>
      <th scope="row">
        {kind}
        <details className="small">
          <summary aria-label={t('delivery.show', { what: it.webhook_id })}>
            <span className="mono">{it.webhook_id}</span>
          </summary>
          <pre className="mono body" aria-label={t('delivery.body')}>
            {laidOut(it.body)}
          </pre>
        </details>
      </th>
      <td className="wraps">{it.subject}</td>
      <td>
        <span className={`badge ${tone}`}>
          <Mark aria-hidden />
          {t(`deliveryState.${it.state}`)}
        </span>
      </td>
      <td className="num" data-label={`${t('delivery.tries')}: `}>{number(it.tries)}</td>
      <td className="wraps">
        {it.last_status ?? ''} {it.last_words}
        {it.state === 'waiting' && it.next_at && <span className="hint">{t('delivery.next', { when: when(it.next_at) })}</span>}
      </td>
      <td className="num">
        {it.state !== 'waiting' && (
          <Button size="xs" leftSection={<IconRefresh />} aria-label={`${t('delivery.replay')}: ${it.webhook_id}`} loading={replaying.isPending} onClick={() => replaying.mutate()}>
            {t('delivery.replay')}
          </Button>
        )}
      </td>
    </tr>
  )
}
