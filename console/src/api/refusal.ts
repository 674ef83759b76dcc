/** One thing that is wrong, and where. */
export interface Fault {
  code: string
  place: string
  problem: string
}

/** What the API answered instead of what was asked for (RFC 9457). */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly faults: Fault[]
  readonly current: unknown
  readonly report: unknown

  constructor(status: number, code: string, detail: string, rest: { faults?: Fault[]; current?: unknown; report?: unknown } = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.faults = rest.faults ?? []
    this.current = rest.current
    this.report = rest.report
  }

  static away(): Refusal {
    return new Refusal(0, 'away', '')
  }

  static of(status: number, body: unknown): Refusal {
    const it = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
    const text = (key: string) => (typeof it[key] === 'string' ? (it[key] as string) : '')
    const faults = Array.isArray(it['errors']) ? (it['errors'] as Fault[]) : []
    const own = text('place') ? [{ code: text('code'), place: text('place'), problem: text('detail') }] : []
    return new Refusal(status, text('code') || String(status), text('detail') || text('title'), {
      faults: faults.length > 0 ? faults : own,
      current: it['current'],
      report: it['report'],
    })
  }
}

export const isRefusal = (error: unknown): error is Refusal => error instanceof Refusal

/** Whether asking again may help: nobody answered, or the server was busy. */
export const isPassing = (error: unknown) => isRefusal(error) && (error.status === 0 || error.status === 503 || error.status === 408)
