import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle, IconCloudOff, IconLock, IconMoodEmpty, IconZoomQuestion } from '@tabler/icons-react'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isRefusal } from '../api/refusal'
import { useSpeech } from '../words/speech'

export function Empty({ title, why, children }: { title: string; why?: string; children?: ReactNode }) {
  return (
    <div className="state-box">
      <IconMoodEmpty aria-hidden />
      <h2>{title}</h2>
      {why && <p>{why}</p>}
      {children}
    </div>
  )
}

/** What went wrong, in words, with what to do next. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useSpeech()
  const status = isRefusal(error) ? error.status : -1
  const [Mark, title, why] =
    status === 403
      ? [IconLock, t('state.forbidden'), t('state.forbiddenWhy')]
      : status === 404
        ? [IconZoomQuestion, t('state.missing'), t('state.missingWhy')]
        : status === 0
          ? [IconCloudOff, t('state.failed'), t('state.failedAway')]
          : [IconAlertTriangle, status < 0 ? t('state.broken') : t('state.failed'), error instanceof Error ? error.message : '']
  return (
    <div className="state-box" role="alert">
      <Mark aria-hidden />
      <h2>{title}</h2>
      {why && <p>{why}</p>}
      {retry && status !== 403 && <Button onClick={retry}>{t('do.retry')}</Button>}
    </div>
  )
}

/** Room for what is loading, so that nothing jumps when it comes. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useSpeech()
  return (
    <div className="card-body stack" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, at) => (
        <Skeleton key={at} height={24} animate={false} />
      ))}
    </div>
  )
}

/** The three states of what is asked for: loading, failed, there. */
export function Told<T>({ query, rows, children }: { query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />
  return <Loading {...(rows ? { rows } : {})} />
}

export const Page = ({ title, sub, actions, back, children }: { title: ReactNode; sub?: ReactNode; actions?: ReactNode; back?: ReactNode; children: ReactNode }) => (
  <div className="page">
    <div className="page-head">
      {back}
      <h1 className="page-title">{title}</h1>
      {sub}
      {actions && <div className="page-actions">{actions}</div>}
    </div>
    {children}
  </div>
)
