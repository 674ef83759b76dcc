import type { Speech } from '../words/speech'

type Said = Pick<Speech, 't' | 'maybe' | 'money' | 'language'>

export interface Period {
  last_days?: number
  from?: string
  to?: string
  between?: Period
}

export interface Bounds {
  min?: number | string
  max?: number | string
}

export interface Orders {
  between?: Period
  status?: string[]
  delivery?: string[]
  source?: string[]
  promo?: string[]
  dish?: string[]
  category?: string[]
  count?: Bounds
  total?: Bounds
  average?: Bounds
}

/** Words joined by «или», or what to say if there are none. */
export const either = (words: readonly string[], none: string, { t }: Pick<Said, 't'>): string =>
  words.length === 0 ? none : words.join(` ${t('say.or')} `)

/** A period, which may stand under `between`. */
export function period(it: Period | undefined, { t }: Said): string {
  const own = it?.between ?? it
  if (own?.last_days !== undefined) return t('say.lastDays', { n: own.last_days })
  const { from, to } = own ?? {}
  if (from && to) return t('say.between', { from, to })
  if (from) return t('say.from', { from })
  if (to) return t('say.until', { to })
  return t('say.ever')
}

/** How often: not fewer than three times. */
export function times(count: Bounds | undefined, { t }: Said): string {
  const min = count?.min === undefined ? undefined : Number(count.min)
  const max = count?.max === undefined ? undefined : Number(count.max)
  if (max === 0) return t('say.never')
  if (min !== undefined && max !== undefined) return t('say.fromTo', { min, max })
  if (max !== undefined) return t('say.atMost', { n: max })
  return t('say.atLeast', { n: min ?? 1 })
}

/** What is ordered: dishes and their categories. */
export const dishes = (it: Orders, said: Said): string =>
  either([...(it.category ?? []), ...(it.dish ?? [])], said.t('say.anything'), said)

/** All that else is asked of orders. */
export function restOf(it: Orders, { t, maybe, money }: Said): string[] {
  const all: string[] = []
  if (it.total?.min !== undefined) all.push(t('say.totalFrom', { min: money(it.total.min) }))
  if (it.total?.max !== undefined) all.push(t('say.totalTo', { max: money(it.total.max) }))
  if (it.average?.min !== undefined) all.push(t('say.averageFrom', { min: money(it.average.min) }))
  if (it.average?.max !== undefined) all.push(t('say.averageTo', { max: money(it.average.max) }))
  for (const name of ['promo', 'source', 'delivery'] as const) all.push(...(it[name] ?? []))
  all.push(...(it.status ?? []).map((status) => maybe(`order.${status}`, status)))
  return all
}
