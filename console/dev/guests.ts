const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()
const NAMES = ['Анна Ковалёва', 'Руслан Гареев', 'Марина Щукина', 'Пётр Лобов', 'Ольга Тимофеева']

const listed = NAMES.map((name, at) => ({ customer: String(4711 + at), name, phones: [`+7999000003${at}`], registered_at: hours(-9000), last_order_at: hours(-30 * (at + 1)), orders: 23 - at * 3, average_check: String(1880 - at * 90), category: at % 2 ? 'cooling' : 'active', tags: at % 2 ? ['Без васаби'] : [] }))

/** What the API would say about the guests, and about more of one than the card. */
export function ofGuests(url: URL): unknown {
  const [, , , id = '', what = ''] = url.pathname.split('/')
  if (!id) return { guests: listed.filter((it) => it.name.toLowerCase().includes((url.searchParams.get('query') ?? '').toLowerCase())) }
  if (what === 'orders') return { orders: [1, 2, 3].map((n) => ({ order_id: `A-${48_213 - n}`, placed_at: hours(-20 * n * n), status: n === 3 ? 'cancelled' : 'delivered', total: String(1890 - 130 * n), restaurant: 'Мира, 18', items: [{ dish: 'Филадельфия', quantity: 2, price: '590' }, { dish: 'Мисо', quantity: 1, price: '290' }] })) }
  if (what === 'messages') return { messages: [{ message: '7PqkE2', mailing: 1, mailing_name: 'Чёрная пятница: старт', run: 1, test: false, channel: 'push', state: 'opened', at: hours(-3) }, { message: '9xQw2n', mailing: 5, mailing_name: 'Осенние сеты: новая шестёрка', run: 5, test: false, channel: 'sms', state: 'suppressed', reason: 'frequency_cap', at: hours(-170) }] }
  if (what === 'next-week')
    return {
      customer: id, from: hours(0), until: hours(168),
      rows: [
        { of: 'mailing', mailing: 3, name: 'Ролл недели', start: hours(48), channel: 'push', leaves_at: hours(48) },
        { of: 'mailing', mailing: 4, name: 'Соскучились: вернём остывающих', start: hours(72), reason: 'outside_audience' },
        { of: 'program', program: 2, name: 'Бонус ко дню рождения', due_at: hours(90), state: 'sent', message: { channel: 'sms', leaves_at: hours(90), not_sent: 'frequency_cap' } },
      ],
      nothing_from: [{ program: 1, name: 'Брошенная корзина', reason: 'waits_for_event' }],
    }
  return null
}

const lists: { name: string; created_at: string; codes: number; left: number; ends_at?: string; common_code?: string }[] = [
  { name: 'november', created_at: hours(-700), codes: 5000, left: 312, ends_at: hours(240) },
  { name: 'friends', common_code: 'ДРУГ15', created_at: hours(-2000), codes: 0, left: 0 },
]

/** What the API would say about promo codes. */
export function ofPromos(method: string, url: URL, body: Record<string, never>): unknown {
  const [, , what, written = '', act = ''] = url.pathname.split('/')
  const name = decodeURIComponent(written)
  if (what === 'promo-tags') return method === 'PUT' ? { promo: name, tags: body['tags'] } : { promos: [{ promo: 'СУШИ', tags: ['Любит суши'] }] }
  const it = lists.find((one) => one.name === name)
  if (act === 'codes' && method === 'POST') return { added: (body['codes'] as unknown as string[]).length, known: 0, left: 400 }
  if (act === 'codes') return { codes: [1, 2, 3].map((n) => ({ code: `N-${7301 + n}`, given_at: hours(-n), message: `m${n}`, mailing: 1, customer: String(4710 + n), ...(n === 2 ? { used_at: hours(-0.5) } : {}) })) }
  if (method === 'PUT') {
    lists.push({ name, created_at: hours(0), codes: 0, left: 0, ...body })
    return lists.at(-1)
  }
  if (method === 'DELETE' && it) lists.splice(lists.indexOf(it), 1)
  return name ? it : { lists }
}

const landing = { id: 1, name: 'Осенние сеты', title: 'Новая шестёрка сетов', text: 'Тёплый зал, новые роллы и чай в подарок до конца ноября.', button: { text: 'В меню', link: 'https://zhar.example/menu' }, promo: 'СЕТ6', at_entry: true, starts_at: hours(-300), ends_at: hours(200), url: 'https://b.example/a/2f1c9ab0', version: 3, created_at: hours(-310) }

/** What the API would say about landings. */
export function ofLandings(url: URL): unknown {
  const [, , , id = '', what = ''] = url.pathname.split('/')
  if (what === 'statistics') return { shown: 3120, clicked: 884, guests_shown: 2210, guests_clicked: 760, orders: 97, revenue: '163380.00', days: [] }
  return id ? landing : { landings: [landing], total: 1 }
}

const figures = (n: number) => ({ planned: n, sends: Math.round(n * 1.2), sent: Math.round(n * 0.96), delivered: Math.round(n * 0.9), opened: Math.round(n * 0.22), cost: (n * 0.41).toFixed(2), orders: Math.round(n * 0.017), buyers: Math.round(n * 0.016), revenue: String(n * 28) })

/** What the API would say about a period. */
export const report = () => ({
  from: hours(-720), until: hours(0), total: figures(48_120),
  channels: [{ channel: 'push', sends: 30_100, sent: 29_400, delivered: 28_000, opened: 7300, cost: '0', opt_outs: 12 }, { channel: 'sms', sends: 9400, sent: 9300, delivered: 9100, opened: 1210, cost: '19729.20', opt_outs: 41 }, { channel: 'all', sends: 0, sent: 0, delivered: 0, opened: 0, cost: '0', opt_outs: 9 }],
  programs: [{ program: 1, name: 'Брошенная корзина', ...figures(1840) }, { program: 2, name: 'Бонус ко дню рождения', ...figures(920) }],
  mailings: [{ mailing: 1, name: 'Чёрная пятница: старт', ...figures(12_480) }, { mailing: 5, name: 'Осенние сеты: новая шестёрка', ...figures(8412) }],
  restaurants: [{ restaurant: 'Мира, 18', orders: 310, revenue: '522040.00', buyers: 288 }, { restaurant: null, orders: 22, revenue: '31240.00', buyers: 21 }],
})

const sheet = {
  format: 'csv', encoding: 'windows-1251', delimiter: ';', sheets: [], holds: 'guests', suggested: {}, header_line: 2, above: ['Выгрузка гостей'], missing: [], columns: ['customer_id', 'name', 'phone', 'email', 'birthday', 'marketing_consent'],
  headings: [{ heading: 'Код клиента', columns: ['customer_id'] }, { heading: 'ФИО', columns: ['name'] }, { heading: 'Телефон', columns: ['phone'] }, { heading: 'Скидка', columns: [] }],
  rows: [['4711', 'Анна Ковалёва', '+7 999 000-00-31', '5'], ['4712', 'Руслан Гареев', '8 999 000 00 32', '']],
}
let tries = 0

/** What the API would say about files that come in. */
export function ofFiles(method: string, url: URL, body: Record<string, never>): unknown {
  const [, , what, id = '', act = ''] = url.pathname.split('/')
  const upload = (offset: number) => ({ id: 1, name: 'guests.csv', bytes: 100, offset, is_whole: offset === 100 })
  if (what === 'uploads') return act === 'sheet' ? sheet : upload(method === 'POST' ? 0 : 100)
  if (what === 'import-mappings') return method === 'PUT' ? {} : { mappings: [] }
  const done = (n: number, dry_run: boolean) => ({ id: n, state: 'done', file: 'guests.csv', holds: 'guests', dry_run, rows: 12_480, accepted: 12_471, refused: 9, bytes: 100, of_bytes: 100, created_at: hours(-1), summary: { created: 310, updated: 96, unchanged: 12_065, customers_created: 0, unknown_columns: ['Скидка'], first_errors: [] } })
  if (method === 'POST') return { ...done((tries += 1), Boolean(body['dry_run'])), state: 'waiting' }
  return id ? done(Number(id), Number(id) % 2 === 1) : { imports: [done(1, false)] }
}
