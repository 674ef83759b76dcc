import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { ask } from '../api/client'
import { Empty, Failure, Loading, Page } from '../parts/states'
import { useSpeech } from '../words/speech'

interface Entry {
  id: number
  at: string
  who: string
  action: string
  thing: string
  detail?: string
  was?: Record<string, unknown>
  became?: Record<string, unknown>
}

const told = (it: unknown) => (typeof it === 'string' ? it : JSON.stringify(it))

export function Audit() {
  const { t, when } = useSpeech()
  const asked = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) => ask<{ entries: Entry[]; next?: number }>('GET', `v1/audit${pageParam ? `?cursor=${pageParam}` : ''}`),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  })
  const entries = asked.data?.pages.flatMap((page) => page.entries) ?? []
  return (
    <Page title={t('audit.title')}>
      <section className="card wide-table" tabIndex={0} aria-label={t('audit.title')}>
        {asked.isError ? (
          <Failure error={asked.error} retry={() => void asked.refetch()} />
        ) : asked.isPending ? (
          <Loading rows={10} />
        ) : entries.length === 0 ? (
          <Empty title={t('audit.none')} />
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('settings.when')}</th>
                <th scope="col">{t('settings.who')}</th>
                <th scope="col">{t('audit.what')}</th>
                <th scope="col">{t('audit.object')}</th>
                <th scope="col">{t('audit.details')}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((it) => (
                <tr key={it.id}>
                  <td className="nowrap">{when(it.at)}</td>
                  <td>{it.who}</td>
                  <td className="mono">{it.action}</td>
                  <td>{it.thing}</td>
                  <td className="wraps">
                    {it.detail}
                    {(it.was ?? it.became) && (
                      <dl className="definition small">
                        {Object.keys({ ...it.was, ...it.became }).map((key) => (
                          <div key={key} className="contents">
                            <dt>{key}</dt>
                            <dd>
                              <s className="muted">{told(it.was?.[key]) ?? ''}</s> {told(it.became?.[key]) ?? ''}
                            </dd>
                          </div>
                        ))}
                      </dl>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {asked.hasNextPage && (
          <div className="foot">
            <Button loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
              {t('audit.more')}
            </Button>
          </div>
        )}
      </section>
    </Page>
  )
}
