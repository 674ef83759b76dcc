import { Button } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Empty, Failure, Loading, Page } from '../parts/states'
import { useSpeech } from '../words/speech'
import { promos } from './ask'

/** Codes of a list that messages have: who got which, and who used it. */
export function GivenCodes() {
  const { t, when } = useSpeech()
  const { list: name } = useParams({ strict: false }) as { list: string }
  const list = useInfiniteQuery({
    queryKey: ['promos', 'given', name],
    queryFn: ({ pageParam }) => promos.given(name, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next,
  })
  const codes = list.data?.pages.flatMap((page) => page.codes) ?? []
  return (
    <Page
      title={name}
      back={
        <Link className="back" to="/promo-codes" aria-label={t('promo.title')}>
          <IconChevronLeft aria-hidden />
        </Link>
      }
    >
      <section className="card wide-table" tabIndex={0} aria-label={t('promo.given')}>
        {list.isError ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading />
        ) : codes.length === 0 ? (
          <Empty title={t('promo.noneGiven')} why={t('promo.noneGivenWhy')} />
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('promo.code')}</th>
                <th scope="col">{t('program.guest')}</th>
                <th scope="col">{t('mailings.name')}</th>
                <th scope="col">{t('promo.givenAt')}</th>
                <th scope="col">{t('promo.usedAt')}</th>
              </tr>
            </thead>
            <tbody>
              {codes.map((it) => (
                <tr key={it.code}>
                  <th scope="row" className="mono">{it.code}</th>
                  <td>
                    {it.customer ? (
                      <Link className="opens" to="/guests/$id" params={{ id: it.customer }}>
                        {it.customer}
                      </Link>
                    ) : (
                      '–'
                    )}
                  </td>
                  <td>
                    {it.mailing ? (
                      <Link className="opens" to="/mailings/$id" params={{ id: String(it.mailing) }}>
                        {it.mailing}
                      </Link>
                    ) : (
                      '–'
                    )}
                  </td>
                  <td className="nowrap">{when(it.given_at)}</td>
                  <td className="nowrap">{it.used_at ? when(it.used_at) : <span className="muted">{t('promo.unused')}</span>}</td>
                </tr>
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
