import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Told {
  status: number
  body: unknown
}

const FOLDER = join(import.meta.dirname, '../../programs/presets')
const PRESETS = readdirSync(FOLDER)
  .map((file) => ({ preset: file.replace('.json', ''), definition: JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { name: string } }))
  .sort((a, b) => a.preset.localeCompare(b.preset))

const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()
const ok = (body: unknown, status = 200): Told => ({ status, body })

const made = (id: number, preset: string, state: string) => ({ id, name: '', state, version: 2, mailing: 100 + id, created_at: hours(-900), switched_at: hours(-700), waiting: state === 'on' ? 14 : 0, definition: PRESETS.find((it) => it.preset === preset)?.definition ?? { name: preset } })
const programs = [made(1, 'abandoned-cart', 'on'), made(2, 'birthday-bonus', 'on'), made(3, 'review-request', 'off')]

const shown = (it: (typeof programs)[number]) => ({ ...it, name: it.definition.name, versions: [{ version: it.version, mailing: it.mailing, created_at: hours(-300) }, { version: 1, mailing: 90, created_at: hours(-900) }] })
const day = (ago: number) => hours(-24 * ago).slice(0, 10)
const fired = (n: number) => ({ sent: n, skipped: Math.round(n / 4), cancelled: Math.round(n / 3), reasons: { cancelled_by_event: Math.round(n / 3), re_entry: Math.round(n / 7), no_consent: Math.round(n / 12), guard: Math.round(n / 30) } })
const figures = (n: number) => ({ guests_reached: n, opened: Math.round(n * 0.31), orders: Math.round(n * 0.09), buyers: Math.round(n * 0.085), revenue: String(n * 118), cost: (n * 0.41).toFixed(2) })

const statistics = (it: (typeof programs)[number]) => {
  const n = it.state === 'off' ? 0 : 1840 / it.id
  return { ...fired(Math.round(n)), id: it.id, name: it.definition.name, state: it.state, waiting: it.waiting, timezone: 'Asia/Yekaterinburg', days: n === 0 ? [] : Array.from({ length: 12 }, (_, at) => ({ day: day(12 - at), ...fired(Math.round(n / 14 + ((at * 37) % 40))) })), versions: [{ version: 2, mailing: it.mailing, statistics: figures(Math.round(n * 0.7)) }, { version: 1, mailing: 90, statistics: figures(Math.round(n * 0.3)) }] }
}

const row = (at: number, state: string, more: object) => ({ firing: 900 - at, version: 2, customer: String(4711 + at), occasion: `event:${88120 + at}`, state, fired_at: hours(-at), due_at: hours(-at + 1), ...more })
const journal = [
  row(0, 'waiting', {}),
  row(1, 'sent', { decided_at: hours(-1), message: { id: '7PqkE2', state: 'opened' } }),
  row(2, 'cancelled', { reason: 'cancelled_by_event' }),
  row(3, 'skipped', { reason: 're_entry' }),
  row(4, 'sent', { message: { id: '9xQw2n', state: 'suppressed', reason: 'frequency_cap' } }),
  row(5, 'skipped', { reason: 'guard' }),
]

/** As `bellhop program rehearse --json` says it, with its days. */
const rehearsed = (from: string, until: string) => ({
  program: 1, name: 'Брошенная корзина', version: 2, from, until, ...fired(412), waiting: 0, leaving: { push: 310, sms: 84 }, not_sent: { frequency_cap: 18 }, sms_parts: 92, cost: '377.20',
  rows: journal.map(({ customer, occasion, due_at, state, ...it }) => ({ customer, occasion, due_at, state, ...('reason' in it ? { reason: it.reason } : {}), ...(state === 'sent' ? { message: { channel: 'push', leaves_at: due_at } } : {}) })),
  rows_left_off: 406, taken_as_today: new Date(from) < new Date() ? ['tags', 'attributes', 'card', 'time_zone', 'new_addresses', 'settings'] : [],
})

/** What the API would say about programs. */
export function ofPrograms(method: string, url: URL, body: Record<string, never>, match: string | undefined): Told {
  const [, , , id = '', act = ''] = url.pathname.split('/')
  if (id === 'presets') return ok({ presets: PRESETS })
  if (!id && method === 'POST') {
    programs.unshift({ ...made(programs.length + 1, 'custom', 'off'), version: 1, definition: body as unknown as { name: string } })
    return ok(programs[0] && shown(programs[0]), 201)
  }
  if (!id) return ok({ programs: programs.map(shown) })
  const it = programs.find((one) => one.id === Number(id))
  if (!it) return { status: 404, body: { title: 'not_here', status: 404, code: 'not_here', detail: 'нет такой программы' } }
  if (act === 'statistics') return ok(statistics(it))
  if (act === 'journal') return ok({ firings: it.state === 'off' ? [] : journal.filter((one) => [null, one.state].includes(url.searchParams.get('state'))) })
  if (act === 'rehearsal') return ok(rehearsed(String(body['from']), String(body['to'])))
  if (act === 'on' || act === 'off') {
    it.state = act
    const skipped = act === 'off' && !body['after_waiting'] ? it.waiting : 0
    it.waiting = 0
    return ok({ id: it.id, state: act, skipped })
  }
  if (method === 'PUT') {
    if (match !== `"${it.version}"`) return { status: 412, body: { title: 'program_moved', status: 412, code: 'program_moved', detail: 'кто-то изменил программу', current: shown(it) } }
    Object.assign(it, { version: it.version + 1, definition: body })
  }
  return ok(shown(it))
}

const hooks = [
  { id: 1, name: 'loyalty', url: 'https://loyalty.zhar.example/bellhop', kinds: ['program.granted', 'program.revoked'], enabled: true, created_at: hours(-2000), waiting: 2, dead: 1 },
  { id: 2, name: 'crm.zhar.example', url: 'https://crm.zhar.example/hooks/7', kinds: ['message.state', 'consent.changed', 'guest.erased'], enabled: false, created_at: hours(-900), old_secret_until: hours(20), waiting: 0, dead: 0 },
]
const delivery = (id: number, kind: string, state: string, more: object) => ({ id, webhook_id: `msg_2f${id}c`, subject: `firing ${4700 + id}`, kind, state, tries: 1, created_at: hours(-id), body: JSON.stringify({ type: kind, timestamp: hours(-id), data: { idempotency_key: String(4700 + id), bonuses: '300', customer_id: 'c1' } }), ...more })
const deliveries = [
  delivery(1, 'program.granted', 'waiting', { tries: 3, next_at: hours(0.4), last_status: 503, last_words: 'Service Unavailable' }),
  delivery(2, 'program.granted', 'delivered', { last_status: 200, ended_at: hours(-2) }),
  delivery(3, 'program.revoked', 'dead', { tries: 31, last_words: 'no answer within ten seconds', ended_at: hours(-3) }),
]

/** What the API would say about webhooks. */
export function ofWebhooks(method: string, url: URL, body: Record<string, never>): Told {
  const [, , what, id = '', act = ''] = url.pathname.split('/')
  if (what === 'deliveries') {
    const it = deliveries.find((one) => one.id === Number(id))
    if (it) Object.assign(it, { state: 'waiting', next_at: hours(0) })
    return ok({ delivery: Number(id), state: 'waiting' })
  }
  if (!id && method === 'POST') {
    hooks.push({ id: hooks.length + 1, name: String(body['name'] ?? new URL(String(body['url'])).host), url: String(body['url']), kinds: body['kinds'] as unknown as string[], enabled: true, created_at: hours(0), waiting: 0, dead: 0 })
    return ok({ ...hooks.at(-1), secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, 201)
  }
  const it = hooks.find((one) => one.id === Number(id))
  if (act === 'deliveries') return ok({ deliveries: deliveries.filter((one) => [null, one.state].includes(url.searchParams.get('state'))) })
  if (act === 'rotate') return ok({ id: it?.id, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', old_secret_until: hours(24) })
  if (act === 'switch' && it) it.enabled = Boolean(body['enabled'])
  if (method === 'DELETE' && it) hooks.splice(hooks.indexOf(it), 1)
  return ok(id ? (it ?? {}) : { webhooks: hooks })
}
