import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconPlus, IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery, useQueries } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { mailings, type Page as MailingsPage } from '../api/ask'
import { STATES, type MailingState } from '../api/shapes'
import { Empty, Failure, Loading, Page } from '../parts/states'
import { fits } from '../lib/fits'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { FirstRun } from './FirstRun'
import { MailingRow } from './MailingRow'
import { Week } from './Week'

const ROWS = 25
const ASKED = 200

export function Mailings() {
  const { t, number } = useSpeech()
  const go = useNavigate()
  const [state, setState] = useState<MailingState | 'all'>('all')
  const [typed, setTyped] = useState('')
  const [page, setPage] = useState(0)
  const list = useInfiniteQuery({
    queryKey: ['mailings', 'list', state],
    queryFn: ({ pageParam }) => mailings.list(state, ASKED, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last: MailingsPage) => last.next ?? undefined,
    refetchInterval: 10_000,
  })
  const totals = useQueries({
    queries: (['all', ...STATES] as const).map((it) => ({ queryKey: ['mailings', 'total', it], queryFn: () => mailings.list(it, 1), refetchInterval: 10_000 })),
  })
  const known = list.data?.pages.flatMap((it) => it.mailings) ?? []
  const found = typed ? known.filter((it) => fits(it.name, typed)) : known
  const total = typed ? found.length : (list.data?.pages[0]?.total ?? 0)
  const shown = found.slice(page * ROWS, (page + 1) * ROWS)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  // A search looks at all mailings, and a page that lies beyond what is known asks for more.
  const wantsMore = hasNextPage && !isFetchingNextPage && (typed !== '' || (page + 1) * ROWS > found.length)
  useEffect(() => {
    if (wantsMore) void fetchNextPage()
  }, [wantsMore, fetchNextPage])
  const choose = (it: MailingState | 'all') => {
    setState(it)
    setPage(0)
  }
  const anything = totals[0]?.data?.total !== 0
  // Nothing was launched yet: all that there is are drafts.
  const isFirst = totals[0]?.data !== undefined && totals[0].data.total === totals[1]?.data?.total
  const create = () => void go({ to: '/mailings/new' })
  const may = useMay()
  const button = may('mailings') && (
    <Button variant="filled" leftSection={<IconPlus />} onClick={create}>
      {t('mailings.new')}
    </Button>
  )
  return (
    <Page title={t('mailings.title')} actions={anything ? button : undefined}>
      {isFirst && may('mailings') && <FirstRun draft={totals[0]?.data?.mailings[0]} button={button} />}
      {!anything ? (
        !may('mailings') && <section className="card">
          <Empty title={t('mailings.empty')} why={t('mailings.emptyWhy')}>
            {button}
          </Empty>
        </section>
      ) : (
        <>
        {!isFirst && <Week />}
        <section className="card" aria-label={t('mailings.title')}>
          <div className="filters">
            <div className="chips grow" role="group" aria-label={t('mailings.state')}>
              {(['all', ...STATES] as const).map((it, at) => (
                <button key={it} className="chip" type="button" aria-pressed={state === it} onClick={() => choose(it)}>
                  {it === 'all' ? t('mailings.all') : t(`states.${it}`)} <b>{number(totals[at]?.data?.total ?? 0)}</b>
                </button>
              ))}
            </div>
            <TextInput
              className="find"
              type="search"
              aria-label={t('mailings.find')}
              placeholder={t('mailings.find')}
              leftSection={<IconSearch />}
              value={typed}
              onChange={(event) => {
                setTyped(event.currentTarget.value)
                setPage(0)
              }}
            />
          </div>
          {list.isError && known.length === 0 ? (
            <Failure error={list.error} retry={() => void list.refetch()} />
          ) : list.isPending ? (
            <Loading rows={8} />
          ) : shown.length === 0 && !wantsMore && !isFetchingNextPage ? (
            <Empty title={t('mailings.noneFound')} />
          ) : (
            <table className="table list cards-on-phone">
              <thead>
                <tr>
                  <th scope="col">{t('mailings.name')}</th>
                  <th scope="col">{t('mailings.state')}</th>
                  <th scope="col">{t('mailings.progress')}</th>
                  <th scope="col">{t('mailings.start')}</th>
                  <th scope="col" className="num" title={t('mailings.sentHelp')}>{t('mailings.sent')}</th>
                  <th scope="col" className="num" title={t('mailings.openedHelp')}>{t('mailings.opened')}</th>
                  <th scope="col" className="num" title={t('mailings.ordersHelp')}>{t('mailings.orders')}</th>
                  <th scope="col" className="num">{t('mailings.revenue')}</th>
                  <th scope="col"><span className="hidden-visually">{t('do.more')}</span></th>
                </tr>
              </thead>
              <tbody>
                {shown.map((it) => (
                  <MailingRow key={it.id} mailing={it} />
                ))}
              </tbody>
            </table>
          )}
          {total > ROWS && (
            <div className="foot">
              <span>{t('mailings.shown', { from: page * ROWS + 1, to: Math.min((page + 1) * ROWS, total), all: total })}</span>
              <span className="row">
                <ActionIcon variant="default" aria-label={t('do.previous')} disabled={page === 0} onClick={() => setPage(page - 1)}>
                  <IconChevronLeft />
                </ActionIcon>
                <ActionIcon variant="default" aria-label={t('do.next')} disabled={(page + 1) * ROWS >= total} onClick={() => setPage(page + 1)}>
                  <IconChevronRight />
                </ActionIcon>
              </span>
            </div>
          )}
        </section>
        </>
      )}
    </Page>
  )
}
