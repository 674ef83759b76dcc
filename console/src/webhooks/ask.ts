import { api, once, told } from '../api/client'

export const KINDS = ['message.state', 'consent.changed', 'program.granted', 'program.revoked', 'guest.tagged', 'guest.erased'] as const
export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface Webhook {
  id: number
  name: string
  url: string
  kinds: string[]
  enabled: boolean
  created_at: string
  old_secret_until?: string
  waiting: number
  dead: number
}

export interface Delivery {
  id: number
  webhook_id: string
  subject: string
  kind: string
  state: DeliveryState
  tries: number
  created_at: string
  next_at?: string
  ended_at?: string
  last_status?: number
  last_words?: string
  body: string
}

const at = (id: number) => ({ path: { id: String(id) } })

/** What the console asks about webhooks (docs/webhooks.md). */
export const webhooks = {
  list: async () => (await told<{ webhooks: Webhook[] }>(api.GET('/v1/webhooks'))).webhooks,
  create: (url: string, kinds: string[], name: string) =>
    told<Webhook & { secret: string }>(api.POST('/v1/webhooks', { body: { url, kinds: kinds as never, ...(name ? { name } : {}) }, params: { header: once() } as never })),
  turn: (id: number, enabled: boolean) => told<Webhook>(api.POST('/v1/webhooks/{id}/switch', { params: at(id), body: { enabled } })),
  rotate: (id: number) => told<{ secret: string }>(api.POST('/v1/webhooks/{id}/rotate', { params: at(id), body: {} })),
  remove: (id: number) => told<unknown>(api.DELETE('/v1/webhooks/{id}', { params: at(id) })),
  deliveries: (id: number, state: DeliveryState | 'all', cursor?: number) =>
    told<{ deliveries: Delivery[]; next?: number }>(api.GET('/v1/webhooks/{id}/deliveries', { params: { ...at(id), query: { ...(state === 'all' ? {} : { state }), ...(cursor ? { cursor } : {}) } } })),
  replay: (delivery: number) => told<unknown>(api.POST('/v1/deliveries/{id}/replay', { params: at(delivery) })),
}
