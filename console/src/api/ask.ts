import { api, ask, once, told } from './client'
import type {
  AudienceCount, Explanation, Filter, Forecast, Listed, Mailing, MailingFile, MailingState, Progress, Report, Run, Session, Statistics,
} from './shapes'
import type { Schedule } from '../composer/schedule'

/** A number as a path has it. */
const at = (id: number) => ({ id: String(id) })

/** A file as the client's types want it: they know only that it is an object. */
const open = (it: unknown) => it as Record<string, never>

export interface Page {
  mailings: Listed[]
  next?: number | null
  total: number
}

/** When a mailing starts by itself. */
export interface Scheduled {
  schedule?: Schedule | null
  next: string[]
  past_own_time?: number | null
}

export const mailings = {
  list: (state: MailingState | 'all', limit: number, cursor?: number) =>
    told<Page>(api.GET('/v1/mailings', { params: { query: { ...(state === 'all' ? {} : { state }), limit, ...(cursor ? { cursor } : {}) } } })),
  show: (id: number) => told<Mailing>(api.GET('/v1/mailings/{id}', { params: { path: at(id) } })),
  create: (file: MailingFile) =>
    told<Mailing>(api.POST('/v1/mailings', { body: open(file), params: { header: once() } as never })),
  save: (id: number, version: number, file: MailingFile) =>
    told<Mailing>(
      api.PUT('/v1/mailings/{id}', { body: open(file), params: { path: at(id), header: { 'If-Match': `"${version}"` } } as never }),
    ),
  remove: (id: number, version: number) =>
    told<unknown>(api.DELETE('/v1/mailings/{id}', { params: { path: at(id), header: { 'If-Match': `"${version}"` } } as never })),
  duplicate: (id: number, name: string) =>
    told<Mailing>(api.POST('/v1/mailings/{id}/duplicate', { body: { name }, params: { path: at(id), header: once() } as never })),
  check: (id: number) => told<Report>(api.POST('/v1/mailings/{id}/check', { params: { path: at(id) } })),
  forecast: (id: number) => told<Forecast>(api.POST('/v1/mailings/{id}/forecast', { params: { path: at(id) }, body: {} })),
  preview: (id: number, customers: string[]) =>
    told<{ previews: { customer: string; contents: Record<string, Record<string, unknown>> }[] }>(
      api.POST('/v1/mailings/{id}/preview', { params: { path: at(id) }, body: { customers } }),
    ),
  test: (id: number, customers: string[]) =>
    told<{ messages: { customer?: string | null; channel: string; state: string; reason?: string | null }[]; excluded: { customer: string; reason: string }[] }>(
      api.POST('/v1/mailings/{id}/test-send', { params: { path: at(id), header: once() } as never, body: { customers, wait_seconds: 10 } }),
    ),
  launch: (id: number, launch: { start_at?: string; again?: boolean }) =>
    told<Run & { quiet_until?: string | null }>(
      api.POST('/v1/mailings/{id}/launch', { params: { path: at(id), header: once() } as never, body: launch }),
    ),
  schedule: (id: number) => told<Scheduled>(api.GET('/v1/mailings/{id}/schedule', { params: { path: at(id) } })),
  plan: (id: number, schedule: Schedule) => told<Scheduled>(api.PUT('/v1/mailings/{id}/schedule', { params: { path: at(id) }, body: open(schedule) })),
  unschedule: (id: number) => told<unknown>(api.DELETE('/v1/mailings/{id}/schedule', { params: { path: at(id) } })),
  runs: async (id: number) => (await told<{ runs: Run[] }>(api.GET('/v1/mailings/{id}/runs', { params: { path: at(id) } }))).runs,
  statistics: (id: number) => told<Statistics>(api.GET('/v1/mailings/{id}/statistics', { params: { path: at(id) } })),
}

export const runs = {
  show: (id: number) => told<Progress>(api.GET('/v1/runs/{id}', { params: { path: at(id) } })),
  pause: (id: number, reason: string) => told<Run>(api.POST('/v1/runs/{id}/pause', { params: { path: at(id) }, body: { reason } })),
  resume: (id: number) => told<Run>(api.POST('/v1/runs/{id}/resume', { params: { path: at(id) }, body: {} })),
  cancel: (id: number) => told<Run>(api.POST('/v1/runs/{id}/cancel', { params: { path: at(id) }, body: {} })),
}

export const audience = {
  count: (filter: Filter, signal?: AbortSignal) =>
    told<AudienceCount>(api.POST('/v1/audience/count', { body: { filter: open(filter) }, ...(signal ? { signal } : {}) })),
  sample: async (filter: Filter) =>
    (await told<{ guests: { customer: string; name?: string | null }[] }>(api.POST('/v1/audience/sample', { body: { filter: open(filter) } }))).guests,
  explain: (filter: Filter, customer: string) =>
    told<Explanation>(api.POST('/v1/audience/explain', { body: { filter: open(filter), customer } })),
}

export const session = {
  show: () => ask<Session>('GET', 'v1/session'),
  enter: (email: string, password: string, code?: string) =>
    ask<Session>('POST', 'v1/session', { email, password, ...(code ? { code } : {}) }),
  leave: () => ask<unknown>('DELETE', 'v1/session'),
}
