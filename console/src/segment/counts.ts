import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
import { audience } from '../api/ask'
import type { Filter } from '../api/shapes'
import { effects, filterOf, type Group } from './tree'

const options = (filter: Filter) => ({
  queryKey: ['count', JSON.stringify(filter)],
  queryFn: ({ signal }: { signal: AbortSignal }) => audience.count(filter, signal),
  staleTime: 30_000,
  retry: false,
})

/** How long after the last key a count is asked for: what is typed waits for nothing. */
const PAUSE = 250

/** The counts of a whole filter. */
export function useCount(filter: Filter) {
  const [asked] = useDebouncedValue(JSON.stringify(filter), PAUSE)
  return useQuery({ ...options(JSON.parse(asked) as Filter), placeholderData: keepPreviousData })
}

export interface Told {
  left: number | undefined
  /** Whom it takes away, or in a group of any adds. */
  change: number | undefined
  adds: boolean
}

/** What each clause of a tree does. The same question is asked once, however many clauses it is about. */
export function useEffects(root: Group): Map<string, Told> {
  const [asked] = useDebouncedValue(JSON.stringify(root), PAUSE)
  const settled = JSON.parse(asked) as Group
  const all = [...effects(settled)]
  const filters = new Map<string, Filter>()
  const ask = (filter: Filter | null) => filter && filters.set(JSON.stringify(filter), filter)
  for (const [, effect] of all) [effect.left, effect.before, effect.after].forEach(ask)
  const keys = [...filters.keys()]
  const told = useQueries({ queries: keys.map((key) => ({ ...options(filters.get(key) ?? {}), notifyOnChangeProps: ['data' as const] })) })
  const of = (filter: Filter | null) => (filter ? told[keys.indexOf(JSON.stringify(filter))]?.data?.count : 0)
  return new Map(
    all.map(([id, effect]) => {
      const [left, before, after] = [of(effect.left), of(effect.before), of(effect.after)]
      const change = before === undefined || after === undefined ? undefined : effect.adds ? after - before : before - after
      return [id, { left, change, adds: effect.adds }]
    }),
  )
}

export const everyone: Filter = {}
export const useEveryone = () => useQuery(options(everyone))
export const wholeOf = (root: Group): Filter => filterOf(root)
