import { useQueries, useQuery } from '@tanstack/react-query'
import { mailings } from '../api/ask'
import type { Listed } from '../api/shapes'

const few = (state: 'all' | 'scheduled') => ({ queryKey: ['mailings', 'week', state], queryFn: () => mailings.list(state, 200), refetchInterval: 30_000 })

/** Of how many mailings without a start of their own a schedule is asked for: the latest. */
const ASKED = 30

/** Starts that are known: of launches, and the next one of each schedule. */
export function useStarts(): { starts: Listed[]; pending: boolean } {
  const [all, scheduled] = [useQuery(few('all')), useQuery(few('scheduled'))]
  const known = [...(scheduled.data?.mailings ?? []), ...(all.data?.mailings ?? [])]
  const without = (all.data?.mailings ?? []).filter((it) => it.state === 'draft' || it.state === 'finished').slice(0, ASKED)
  const schedules = useQueries({ queries: without.map((it) => ({ queryKey: ['schedule', it.id], queryFn: () => mailings.schedule(it.id), staleTime: 60_000, retry: false })) })
  const next = without.flatMap((it, at) => (schedules[at]?.data?.next ?? []).map((start_at) => ({ ...it, start_at })))
  return { starts: [...known, ...next], pending: all.isPending || scheduled.isPending }
}
