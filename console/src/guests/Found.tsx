import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ask } from '../api/client'
import { isRefusal } from '../api/refusal'
import { Card } from '../parts/marks'
import { Failure, Loading } from '../parts/states'
import { useSpeech } from '../words/speech'

interface Listed {
  customer: string
  name?: string
  phones: string[]
  last_order_at?: string
  orders: number
  average_check?: string
  category?: string
  tags: string[]
}

/** Guests by a name, a phone, a card or an id; without words, all of them, a page at a time. */
export function Found({ words }: { words: string }) {
  const { t, when, number, money, maybe } = useSpeech()
  const list = useInfiniteQuery({
    queryKey: ['guests', words],
    queryFn: ({ pageParam }) => ask<{ guests: Listed[]; next?: number }>('GET', `v1/guests?${new URLSearchParams({ limit: '25', ...(words ? { query: words } : {}), ...(pageParam ? { cursor: String(pageParam) } : {}) }).toString()}`),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
    retry: false,
  })
  const guests = list.data?.pages.flatMap((page) => page.guests) ?? []
  // A Bellhop that lists no guests still opens a card by its id.
  if (isRefusal(list.error) && (list.error.status === 404 || list.error.status === 405)) return null
  return (
    <Card title={words ? t('guests.found') : t('guests.all')} className="wide-table found">
      {list.isPending ? (
        <Loading rows={8} />
      ) : list.isError ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : guests.length === 0 ? (
        <p className="card-body muted">{t('guests.noneFound')}</p>
      ) : (
        <table className="table cards-on-phone">
          <thead>
            <tr>
              <th scope="col">{t('program.guest')}</th>
              <th scope="col">{t('guest.contacts')}</th>
              <th scope="col">{t('guests.category')}</th>
              <th scope="col">{t('guest.last')}</th>
              <th scope="col" className="num">{t('guest.orders')}</th>
              <th scope="col" className="num">{t('guest.average')}</th>
            </tr>
          </thead>
          <tbody>
            {guests.map((it) => (
              <tr key={it.customer}>
                <th scope="row">
                  <Link className="name" data-row to="/guests/$id" params={{ id: it.customer }}>
                    {it.name || t('guest.noName', { id: it.customer })}
                  </Link>
                  <span className="about">{[it.customer, ...it.tags].join(' · ')}</span>
                </th>
                <td className="wraps">{it.phones.join(', ') || '–'}</td>
                <td data-label={`${t('guests.category')}: `}>{it.category ? maybe(`retention.${it.category}`, it.category) : '–'}</td>
                <td className="nowrap" data-label={`${t('guest.last')}: `}>{when(it.last_order_at)}</td>
                <td className="num" data-label={`${t('guest.orders')}: `}>{number(it.orders)}</td>
                <td className="num" data-label={`${t('guest.average')}: `}>{it.average_check ? money(it.average_check) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {list.hasNextPage && (
        <div className="foot">
          <span />
          <Button size="xs" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('do.more')}
          </Button>
        </div>
      )}
    </Card>
  )
}
