import { ask } from '../api/client'

export interface PromoList {
  name: string
  /** The code of all guests; absent if each message has one of its own. */
  common_code?: string
  ends_at?: string
  created_at: string
  codes: number
  left: number
}

export interface Given {
  code: string
  given_at: string
  message: string
  mailing?: number
  customer?: string
  used_at?: string
}

const of = (list: string) => `v1/promo-lists/${encodeURIComponent(list)}`

/** What the console asks about promo codes (docs/promo-codes.md). */
export const promos = {
  lists: async () => (await ask<{ lists: PromoList[] }>('GET', 'v1/promo-lists')).lists,
  put: (list: string, change: { common_code?: string; ends_at?: string }) => ask<PromoList>('PUT', of(list), change),
  add: (list: string, codes: string[]) => ask<{ added: number; known: number; left: number }>('POST', `${of(list)}/codes`, { codes }),
  given: (list: string, cursor?: number) => ask<{ codes: Given[]; next?: number }>('GET', `${of(list)}/codes${cursor ? `?cursor=${cursor}` : ''}`),
  remove: (list: string) => ask<{ codes: number }>('DELETE', of(list)),
  tags: async () => (await ask<{ promos: { promo: string; tags: string[] }[] }>('GET', 'v1/promo-tags')).promos,
  setTags: (promo: string, tags: string[]) => ask<unknown>('PUT', `v1/promo-tags/${encodeURIComponent(promo)}`, { tags }),
}
