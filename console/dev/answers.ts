import type { IncomingHttpHeaders } from 'node:http'
import { ofFiles, ofGuests, ofLandings, ofPromos, report } from './guests.ts'
import { ofPrograms, ofWebhooks } from './programs.ts'

interface Answer {
  status: number
  body: unknown
}

interface File {
  name: string
  audience?: unknown
  contents: Record<string, unknown>
  waterfall: { channel: string }[]
}

interface Mailing {
  id: number
  version: number
  name: string
  state: string
  created_at: string
  start_at?: string
  file: File
}

const ALL = 48_214
const RIGHTS = 'orders events opens endpoints messages consents settings mailings_read mailings launch statistics guests_read guests people keys audit import export'.split(' ')
const person = {
  id: 1, name: 'Ирина Белова', email: 'irina@zhar.example', role: 'administrator', rights: RIGHTS, restaurants: null, locale: 'ru', second_factor: false,
  organisation: { id: 'zhar', name: 'Жар и Рис', currency: 'RUB', time_zone: 'Asia/Yekaterinburg', locale: 'ru' },
}

const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()
const file = (name: string, channels: string[]): File => ({
  name,
  audience: { all: [{ retention: ['cooling', 'lost'] }, { orders: { between: { last_days: 180 }, category: ['Пиццы'], count: { min: 3 } } }, { not: { tags: { any: ['Сотрудник'] } } }] },
  contents: Object.fromEntries(channels.map((it) => [it, it.includes('push') ? { title: '{{ name or "Друг" }}, мы соскучились 🍕', body: 'Дарим −20 % на любую пиццу' } : { text: '{{ greeting }}, {{ name or "друзья" }}! Ваша {{ last_dish }} ждёт: {link}' }])),
  waterfall: channels.map((channel) => ({ channel, wait_minutes: 240, success: 'opened' })),
})

const mailings: Mailing[] = [
  ['Чёрная пятница: старт', 'running', -2, ['push', 'whatsapp', 'sms']],
  ['Открытие: Тюмень, Республики 41', 'paused', -1, ['push', 'web_push']],
  ['Ролл недели', 'scheduled', 48, ['push', 'whatsapp']],
  ['Соскучились: вернём остывающих', 'draft', 0, ['push', 'whatsapp', 'sms']],
  ['Осенние сеты: новая шестёрка', 'finished', -170, ['push', 'web_push', 'whatsapp', 'sms']],
  ['Скидка на доставку', 'cancelled', -300, ['sms']],
].map(([name, state, start, channels], at) => ({
  id: at + 1, version: 1, name: name as string, state: state as string, created_at: hours((start as number) - 30), ...(state === 'draft' ? {} : { start_at: hours(start as number) }), file: file(name as string, channels as string[]),
}))

/** A number that the same text always gives. */
const drawn = (text: string, most: number) => [...text].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 99_991, 7) % Math.max(1, most)

function count(filter: unknown): number {
  const text = JSON.stringify(filter)
  if (text === '{}') return ALL
  const parts = (filter as { all?: unknown[] }).all
  if (parts) return parts.reduce((left: number, part) => Math.round((left * (35 + drawn(JSON.stringify(part), 60))) / 100), ALL)
  return Math.round((ALL * (20 + drawn(text, 60))) / 100)
}

const by = (n: number) => ({ pending: Math.round(n * 0.107), sent: Math.round(n * 0.008), delivered: Math.round(n * 0.69), opened: Math.round(n * 0.19), failed: Math.round(n * 0.005) })

function statistics(it: Mailing) {
  const planned = 12_480
  return {
    state: it.state, planned, excluded: { no_consent: 402, frequency_cap: 186, no_live_endpoint: 121, blacklisted: 18 }, by_state: by(planned),
    reasons: [{ state: 'pending', reason: 'in turn', messages: 1260 }, { state: 'pending', reason: 'quiet_hours', messages: 72, next_from: hours(14) }],
    channels: Object.fromEntries(it.file.waterfall.map((step, at) => [step.channel, { sent: 5010 - at * 900, delivered: step.channel.includes('push') ? null : 4893 - at * 900, failed: { UNREGISTERED: 96 - at * 20, 'status 20': 21 }, opened: 1222 - at * 300, cost: step.channel === 'sms' ? '16605.00' : '0.00' }])),
    sends: 12_006, guests_reached: 11_148, opened: 2375, opened_sms_link: 412, orders: 186, buyers: 171, average_check: '1684.00', revenue: '313224.00', revenue_per_send: '26.09', conversion: 0.0153, cost: '19885.00',
    orders_by_non_recipients: 3, revenue_by_non_recipients: '4100.00', as_of: hours(0),
  }
}

const run = (it: Mailing) => ({ run: it.id, mailing: it.id, state: it.state, test: false, start_at: it.start_at, expires_at: hours(20), ...(it.state === 'paused' ? { paused_reason: 'кухня закрыта' } : {}), ...(it.state === 'finished' ? { finished_at: hours(-165) } : {}) })
const names = ['Анна Ковалёва', 'Руслан Гареев', 'Марина Щукина', 'Пётр Лобов', 'Ольга Тимофеева']

const ok = (body: unknown, status = 200): Answer => ({ status, body })
const refused = (status: number, code: string, detail: string, rest = {}): Answer => ({ status, body: { title: code, status, code, detail, ...rest } })

/** What the API would say. */
export function answer(method: string, url: URL, body: unknown, headers: IncomingHttpHeaders): Answer {
  const [, , what = '', id = '', act = ''] = url.pathname.split('/')
  const it = (body ?? {}) as Record<string, never>
  if (what === 'session') return method === 'DELETE' ? ok({ ended: true }) : ok({ person, csrf: 'mock' })
  if (what === 'invitations') return method === 'GET' ? ok({ email: 'oleg@zhar.example', role: 'marketer', organisation: 'Жар и Рис', ends_at: hours(40) }) : ok({ person, csrf: 'mock' })
  if (what === 'mailings') return ofMailings(method, url, id, act, it, headers)
  if (what === 'programs') return ofPrograms(method, url, it, headers['if-match'])
  if (what === 'webhooks' || what === 'deliveries') return ofWebhooks(method, url, it)
  if (what === 'runs') {
    const mailing = mailings.find((one) => one.id === Number(id))
    if (!mailing) return refused(404, 'not_here', 'нет такого запуска')
    if (act === 'pause') mailing.state = 'paused'
    if (act === 'resume') mailing.state = 'running'
    if (act === 'cancel') mailing.state = 'cancelled'
    const { planned, by_state, excluded, reasons } = statistics(mailing)
    return ok({ ...run(mailing), planned, by_state, excluded, reasons })
  }
  if (what === 'audience' && id === 'sample') return ok({ guests: names.map((name, at) => ({ customer: String(4711 + at), name })) })
  if (what === 'audience' && id === 'explain') return ok({ customer: it['customer'], matches: true, filter: { clause: 'все условия', holds: true, parts: [{ clause: 'категория: потерян', holds: true, fact: 'последний заказ 40 дней назад' }] }, channels: ['push', 'sms'] })
  if (what === 'audience') {
    const n = count(it['filter'])
    return ok({ as_of: hours(0), count: n, reachable: Math.round(n * 0.82), excluded: { no_consent: Math.round(n * 0.1), no_live_endpoint: Math.round(n * 0.06), blacklisted: Math.round(n * 0.02) }, by_channel: { push: Math.round(n * 0.45), sms: Math.round(n * 0.7), whatsapp: Math.round(n * 0.2), web_push: 0, telegram: 0, max: 0 } })
  }
  if (what === 'promo-lists' || what === 'promo-tags') return ok(ofPromos(method, url, it))
  if (what === 'report') return ok(report())
  if (what === 'uploads' || what === 'imports' || what === 'import-mappings') return ok(ofFiles(method, url, it))
  if (what === 'landings') return ok(ofLandings(url))
  const more = what === 'guests' ? ofGuests(url) : null
  if (more) return ok(more)
  if (what === 'guests')
    return id === '404' ? refused(404, 'guest_unknown', 'нет такого гостя') : ok({ customer: id, name: 'Марина Ковалёва', orders: 23, revenue: '41360.00', last_order_at: hours(-20), first_order_at: hours(-9000), last_dish: 'Филадельфия', home_restaurant: 'Мира, 18', timezone: 'Asia/Yekaterinburg', locale: 'ru', blacklisted: false, consents: ['push', 'whatsapp'], silenced: ['sms'], attributes: { city: 'Екатеринбург' }, tags: [{ name: 'Без васаби', sources: ['staff'] }], addresses: [{ kind: 'phone', address: '+79990000031' }, { kind: 'fcm', address: 'cX1vR8mTQ0a:APA91bHk3vZ2' }], words: [{ at: hours(-500), word: 'withdrawn', how: 'СТОП', purpose: 'marketing', channel: 'sms', source: 'guest' }] })
  if (what === 'settings' && id === 'organisation') return method === 'PUT' ? ok({ dry_run: true, version: 1, plan: [{ setting: 'organisation', what: 'changed', fields: [{ field: 'attribution_hours', before: '72', after: '48' }] }] }) : ok({ setting: 'organisation', version: 1, document: { slug: 'zhar', name: 'Жар и Рис', currency: 'RUB', timezone: 'Asia/Yekaterinburg', region: 'RU', locale: 'ru', attribution_hours: 72, quiet_hours: '22:00-09:00' } })
  if (what === 'settings' && id === 'history') return ok({ changes: [{ setting: 'sender', sender: 'ural-1', version: 2, at: hours(-3), who: 'person 1: Ирина Белова' }] })
  if (what === 'settings') return ok({ settings: ['ural-1', 'ural-2', 'ZHARIRIS'].map((sender) => ({ setting: 'sender', sender, version: 1, document: { organisation: 'zhar', name: sender, provider: sender === 'ZHARIRIS' ? 'sms_http' : 'waha', rate: '10/min,100/h' } })) })
  if (what === 'senders') return ok({ paused: act === 'pause', reason: it['reason'] ?? null })
  if (what === 'people') return ok({ people: [{ id: 1, email: person.email, name: person.name, role: 'administrator', restaurants: null, state: 'active', login_at: hours(-1) }, { id: 2, email: 'oleg@zhar.example', name: '', role: 'marketer', restaurants: ['Мира, 18'], state: 'invited' }] })
  if (what === 'keys') return ok({ keys: [{ id: 'k1', name: 'site', kind: 'backend', scopes: ['orders', 'events'], created_at: hours(-900), used_at: hours(-1) }] })
  if (what === 'audit') return ok({ entries: [{ id: 1, at: hours(-2), who: 'person 1: Ирина Белова', action: 'mailing.launch', thing: 'mailing 1' }] })
  return refused(404, 'path_unknown', url.pathname)
}

const schedules = new Map<number, unknown>()

function ofSchedule(method: string, mailing: number, it: unknown): Answer {
  if (method === 'DELETE') return ok({ mailing, removed: schedules.delete(mailing) })
  if (method === 'PUT') schedules.set(mailing, it)
  const schedule = schedules.get(mailing)
  return ok(schedule ? { mailing, schedule, next: [hours(72)] } : { mailing, next: [] })
}

function ofMailings(method: string, url: URL, id: string, act: string, it: Record<string, never>, headers: IncomingHttpHeaders): Answer {
  if (!id && method === 'POST') {
    const made: Mailing = { id: mailings.length + 1, version: 1, name: (it as unknown as File).name, state: 'draft', created_at: hours(0), file: it as unknown as File }
    mailings.unshift(made)
    return ok(made, 201)
  }
  if (!id) {
    const state = url.searchParams.get('state')
    const found = mailings.filter((one) => !state || one.state === state)
    return ok({ mailings: found, total: found.length })
  }
  const mailing = mailings.find((one) => one.id === Number(id))
  if (!mailing) return refused(404, 'mailing_unknown', 'нет такой рассылки')
  if (act === 'statistics') return ok(statistics(mailing))
  if (act === 'schedule') return ofSchedule(method, mailing.id, it)
  if (act === 'runs') return ok({ runs: mailing.state === 'draft' ? [] : [run(mailing)] })
  if (act === 'check') return ok({ problems: [{ severity: 'warning', place: 'contents.whatsapp.text', code: 'messages_lack_value', problem: 'у 41 гостя нет значения last_dish: им сообщение не уйдёт' }], audience: { planned: 3359, leaving: 3318, excluded: { blacklisted: 12, no_consent: 231, no_live_endpoint: 64, duplicate_endpoint: 19, frequency_cap: 186 }, not_sent: { '`last_dish` has no value for this recipient': { messages: 41 } }, first_step: {}, leaving_by: { push: 1874, whatsapp: 571, sms: 873 }, sms_parts: { 1: 612, 2: 261 } } })
  if (act === 'approvals') return ok({ version: mailing.version, approvals: [] })
  if (act === 'forecast') return ok({ from: hours(0), expires: hours(24), finish: hours(8), late: 0, planned: 3318, leaving: 3318, channels: [{ channel: 'whatsapp', messages: 571, expire: 0, beside: 120, senders: ['ural-1', 'ural-2'], finish: hours(8), held_back_by: '100/h', late: 0 }] })
  if (act === 'preview') return ok({ previews: [{ customer: '4711', contents: { push: { title: 'Анна, мы соскучились 🍕', body: 'Дарим −20 % на любую пиццу' }, web_push: { title: 'Мы соскучились', body: 'Дарим −20 %' }, whatsapp: { text: 'Добрый день, Анна! Ваша Пепперони ждёт: https://b.example/k7Qm2x' }, sms: { text: 'Анна, ваша Пепперони ждёт: https://b.example/k7Qm2x', parts: 1, encoding: 'Ucs2' } } }] })
  if (act === 'test-send') return ok({ messages: [{ customer: '4711', channel: 'push', state: 'sent' }], excluded: [] })
  if (act === 'launch') {
    mailing.state = 'running'
    mailing.start_at = hours(0)
    return ok(run(mailing), 201)
  }
  if (act === 'duplicate') {
    const copy = { ...mailing, id: mailings.length + 1, name: String(it['name']), state: 'draft', version: 1 }
    mailings.unshift(copy)
    return ok(copy, 201)
  }
  if (method === 'PUT' || method === 'DELETE') {
    if (headers['if-match'] !== `"${mailing.version}"`) return refused(412, 'mailing_moved', 'кто-то изменил рассылку', { current: mailing })
    if (method === 'DELETE') mailings.splice(mailings.indexOf(mailing), 1)
    else Object.assign(mailing, { version: mailing.version + 1, file: it, name: (it as unknown as File).name })
  }
  return ok(mailing)
}
