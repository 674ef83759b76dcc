import type { ProgramStatistics } from './ask'

/** What the messages of all versions of a program brought together. */
export interface Brought {
  reached: number
  opened: number
  orders: number
  revenue: number
  cost: number
}

/** Sums of all versions. Money is a decimal text, so that sums of it are for looking at, not for books. */
export function brought(it: ProgramStatistics): Brought {
  const sum = (of: (figures: ProgramStatistics['versions'][number]['statistics']) => number) => it.versions.reduce((all, version) => all + of(version.statistics), 0)
  return {
    reached: sum((of) => of.guests_reached),
    opened: sum((of) => of.opened),
    orders: sum((of) => of.orders),
    revenue: sum((of) => Number(of.revenue)),
    cost: sum((of) => Number(of.cost)),
  }
}

/** Reasons, the most frequent first. */
export const ranked = (reasons: Record<string, number>): [string, number][] =>
  Object.entries(reasons)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
