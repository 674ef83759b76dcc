/** The ring's slices. Each planned message is in exactly one of them. */
export const SLICES = ['opened', 'delivered', 'sent', 'failed', 'unknown', 'stopped', 'waiting'] as const
export type Slice = (typeof SLICES)[number]

const OF_STATE: Record<string, Slice> = {
  opened: 'opened',
  delivered: 'delivered',
  sent: 'sent',
  failed: 'failed',
  unknown: 'unknown',
  suppressed: 'stopped',
  expired: 'stopped',
  cancelled: 'stopped',
  pending: 'waiting',
  in_flight: 'waiting',
  waiting: 'waiting',
}

/** Messages by slice. A state that this console does not know waits: it is not over as far as we know. */
export function slices(byState: Record<string, number>): Record<Slice, number> {
  const found = Object.fromEntries(SLICES.map((slice) => [slice, 0])) as Record<Slice, number>
  for (const [state, n] of Object.entries(byState)) found[OF_STATE[state] ?? 'waiting'] += n
  return found
}

const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0)

/** Messages that a provider took. */
export const sentOf = (byState: Record<string, number>): number => {
  const { opened, delivered, sent } = slices(byState)
  return opened + delivered + sent
}

/** Messages that have reached an end, or left. */
export const gone = (byState: Record<string, number>): number => sum(Object.values(byState)) - slices(byState).waiting

/** Where each slice of a ring begins and how long it is, as shares of the whole. */
export function arcs(byState: Record<string, number>): { slice: Slice; from: number; share: number; n: number }[] {
  const all = slices(byState)
  const whole = sum(Object.values(all))
  let from = 0
  return SLICES.filter((slice) => all[slice] > 0).map((slice) => {
    const share = all[slice] / whole
    const arc = { slice, from, share, n: all[slice] }
    from += share
    return arc
  })
}
