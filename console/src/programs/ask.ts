import { api, ask, once, told } from '../api/client'
import type { Finding, Statistics } from '../api/shapes'
import type { Definition } from './definition'

export type ProgramState = 'off' | 'on' | 'ending'
export const FIRING_STATES = ['waiting', 'sent', 'skipped', 'cancelled'] as const
export type FiringState = (typeof FIRING_STATES)[number]

export interface ListedProgram {
  id: number
  name: string
  state: ProgramState
  version: number
  mailing: number
  created_at: string
  switched_at: string
}

export interface Program extends ListedProgram {
  waiting: number
  versions: { version: number; mailing: number; created_at: string }[]
  definition: Definition
  problems?: Finding[]
}

export interface Fired {
  sent: number
  skipped: number
  cancelled: number
  reasons: Record<string, number>
}

export interface ProgramStatistics extends Fired {
  waiting: number
  timezone: string
  days: (Fired & { day: string })[]
  versions: { version: number; mailing: number; statistics: Statistics }[]
}

export interface Firing {
  firing: number
  version: number
  customer?: string
  occasion: string
  state: FiringState
  reason?: string
  fired_at: string
  due_at: string
  decided_at?: string
  message?: { id: string; state?: string; reason?: string }
}

export interface Rehearsed extends Fired {
  from: string
  until: string
  waiting: number
  leaving: Record<string, number>
  not_sent: Record<string, number>
  sms_parts: number
  cost?: string | null
  rows: { customer: string; occasion: string; due_at: string; state: FiringState; reason?: string; message?: { channel: string; leaves_at: string; not_sent?: string } }[]
  rows_left_off: number
  taken_as_today?: string[]
  days?: { day: string; sent: number; skipped: number; cancelled: number; cost?: string | null }[]
}

interface Switched {
  state: ProgramState
  skipped: number
  problems?: Finding[]
}

const at = (id: number) => ({ id: String(id) })
const open = (it: unknown) => it as Record<string, never>

/** What the console asks about programs (docs/api.md). */
export const programs = {
  list: async () => (await told<{ programs: ListedProgram[] }>(api.GET('/v1/programs'))).programs,
  presets: async () => (await told<{ presets: { preset: string; definition: Definition }[] }>(api.GET('/v1/programs/presets'))).presets,
  show: (id: number) => told<Program>(api.GET('/v1/programs/{id}', { params: { path: at(id) } })),
  create: (definition: Definition) => told<Program>(api.POST('/v1/programs', { body: open(definition), params: { header: once() } as never })),
  save: (id: number, version: number, definition: Definition) =>
    told<Program>(api.PUT('/v1/programs/{id}', { body: open(definition), params: { path: at(id), header: { 'If-Match': `"${version}"` } } as never })),
  on: (id: number) => told<Switched>(api.POST('/v1/programs/{id}/on', { params: { path: at(id) } })),
  off: (id: number, afterWaiting: boolean) => told<Switched>(api.POST('/v1/programs/{id}/off', { params: { path: at(id) }, body: { after_waiting: afterWaiting } })),
  statistics: (id: number, days: number) => told<ProgramStatistics>(api.GET('/v1/programs/{id}/statistics', { params: { path: at(id), query: { days } } })),
  journal: (id: number, state: FiringState | 'all', cursor?: number) =>
    told<{ firings: Firing[]; next?: number }>(api.GET('/v1/programs/{id}/journal', { params: { path: at(id), query: { ...(state === 'all' ? {} : { state }), ...(cursor ? { cursor } : {}) } } })),
  rehearse: (id: number, from: string, to: string) => ask<Rehearsed>('POST', `v1/programs/${id}/rehearsal`, { from, to }),
}
