import { ask, once, send } from '../api/client'
import type { Mapping, Sheet } from './mapping'

export interface Upload {
  id: number
  name: string
  bytes: number
  offset: number
  is_whole: boolean
}

/** What is said of the file; what is not said is recognised. */
export interface Reading {
  holds?: string
  sheet?: string
  encoding?: string
  delimiter?: string
  mapping?: string
}

export interface Import {
  id: number
  state: 'waiting' | 'running' | 'done' | 'failed'
  file: string
  holds: string
  dry_run: boolean
  rows: number
  accepted: number
  refused: number
  bytes: number
  of_bytes: number
  created_at: string
  ended_at?: string
  summary?: { created: number; updated: number; unchanged: number; customers_created: number; unknown_columns: string[]; first_errors: { line: number; column?: string; problem?: string }[] } | null
  problem?: { code: string; problem: string }
}

/** So much goes at once: a piece that breaks off is short to send again. */
const PIECE = 4 << 20

/** What the console asks about files that come in (docs/import.md). */
export const imports = {
  /** Sends a file in pieces and tells how far it is; after a break it goes on from what is there. */
  async upload(file: File, far: (share: number) => void): Promise<Upload> {
    let upload = await ask<Upload>('POST', 'v1/uploads', { name: file.name, bytes: file.size }, once())
    let breaks = 0
    while (!upload.is_whole) {
      const piece = file.slice(upload.offset, upload.offset + PIECE)
      const sent = await send<Upload>('PATCH', `v1/uploads/${upload.id}`, piece, { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(upload.offset) }).catch(async (error: unknown) => {
        breaks += 1
        if (breaks > 3) throw error
        return ask<Upload>('GET', `v1/uploads/${upload.id}`)
      })
      upload = sent ?? (await ask<Upload>('GET', `v1/uploads/${upload.id}`))
      far(upload.offset / Math.max(1, upload.bytes))
    }
    return upload
  },
  sheet: (upload: number, reading: Reading) => ask<Sheet>('GET', `v1/uploads/${upload}/sheet?${new URLSearchParams(Object.entries(reading).filter(([, value]) => value) as [string, string][]).toString()}`),
  begin: (asked: { upload: number; holds: string; sheet?: string; encoding?: string; delimiter?: string; columns: Mapping; dry_run: boolean }) => ask<Import>('POST', 'v1/imports', asked, once()),
  show: (id: number) => ask<Import>('GET', `v1/imports/${id}`),
  list: async () => (await ask<{ imports: Import[] }>('GET', 'v1/imports?limit=20')).imports,
  mappings: async () => (await ask<{ mappings: { name: string; holds: string; columns: Mapping }[] }>('GET', 'v1/import-mappings')).mappings,
  keep: (name: string, holds: string, columns: Mapping) => ask<unknown>('PUT', `v1/import-mappings/${encodeURIComponent(name)}`, { holds, columns }),
}
