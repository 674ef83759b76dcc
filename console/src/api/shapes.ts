/** Shapes that the OpenAPI document leaves open: docs/mailing-file.md, docs/statistics.md, docs/audience.md. */

export const CHANNELS = ['push', 'web_push', 'whatsapp', 'sms', 'telegram', 'max'] as const
export type Channel = (typeof CHANNELS)[number]

export const STATES = ['draft', 'scheduled', 'running', 'paused', 'finished', 'cancelled'] as const
export type MailingState = (typeof STATES)[number]

export type Filter = { [condition: string]: unknown }

export interface Step {
  channel: Channel
  wait_minutes?: number
  success?: 'accepted' | 'delivered' | 'read' | 'opened'
}

export interface Notice {
  title: string
  body: string
  image?: string
  icon?: string
  link?: string
  actions?: { title: string; link: string }[]
}

export interface Chat {
  text?: string
  image?: string
  button?: { title: string; link?: string }
  media?: unknown
  template?: unknown
}

export interface Contents {
  push?: Notice
  web_push?: Notice
  whatsapp?: Chat
  sms?: { text: string }
  telegram?: Chat
  max?: Chat
}

export interface MailingFile {
  name: string
  audience?: Filter
  on_demand?: unknown
  purpose?: string
  quiet_hours?: boolean
  contents: Contents
  link?: string
  target_promo?: string
  waterfall: Step[]
  expires_after_minutes?: number
}

export interface Listed {
  id: number
  name: string
  state: MailingState
  created_at: string
  start_at?: string | null
}

export interface Mailing extends Listed {
  version: number
  file: MailingFile
}

export interface Finding {
  severity: string
  place: string
  code: string
  problem: string
}

export interface Figures {
  planned: number
  leaving: number
  excluded: Record<string, number>
  not_sent: Record<string, { messages: number; examples?: string[] }>
  first_step: Record<string, number>
  leaving_by: Record<string, number>
  sms_parts: Record<string, number>
}

export interface Report {
  problems: Finding[]
  audience?: Figures | null
}

export interface Reason {
  state: string
  reason: string
  messages: number
  next_from?: string | null
  next_until?: string | null
}

export interface Run {
  run: number
  mailing: number
  state: string
  test: boolean
  start_at: string
  planned_at?: string | null
  finished_at?: string | null
  expires_at?: string | null
  paused_reason?: string | null
}

export interface Progress extends Run {
  planned: number
  by_state: Record<string, number>
  excluded: Record<string, number>
  reasons: Reason[]
}

export interface ChannelFigures {
  sent: number
  delivered: number | null
  failed: Record<string, number>
  opened: number
  cost: string
}

export interface Statistics {
  state: MailingState
  planned: number
  excluded: Record<string, number>
  by_state: Record<string, number>
  reasons: Reason[]
  channels: Partial<Record<Channel, ChannelFigures>>
  sends: number
  guests_reached: number
  opened: number
  opened_sms_link: number
  orders: number
  buyers: number
  average_check: string | null
  revenue: string
  revenue_per_send: string | null
  conversion: number | null
  cost: string
  orders_by_non_recipients: number
  revenue_by_non_recipients: string
  as_of: string
}

export interface ForecastRow {
  channel: Channel
  messages: number
  expire: number
  beside: number
  senders: string[]
  finish?: string
  held_back_by?: string
  late: number
  would_fit?: string[]
  would_live?: string[]
}

export interface Forecast {
  from: string
  expires: string
  finish?: string
  late: number
  planned: number
  leaving: number
  channels: ForecastRow[]
}

export interface AudienceCount {
  as_of: string
  count: number
  reachable: number
  excluded: Record<string, number>
  by_channel: Record<string, number>
  hints?: Finding[]
}

export interface Clause {
  clause: string
  holds: boolean
  fact?: string | null
  parts?: Clause[]
}

export interface Explanation {
  customer: string
  matches: boolean
  excluded?: string | null
  filter: Clause
  channels: string[]
}

export interface Person {
  id: number
  name: string
  email: string
  role: string
  /** What the role may do: names of scopes. */
  rights: string[]
  restaurants: string[] | null
  locale: string
  organisation: { id: string; name: string; currency: string; time_zone: string; locale: string }
}

export interface Session {
  person: Person
  csrf: string
}
