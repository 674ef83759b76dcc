/** What may be asked of an event's fields, and put into texts (docs/events.md). A test holds it against the schemas. */
export type FieldKind = 'number' | 'text'
type Fields = Readonly<Record<string, FieldKind>>

const ORDER: Fields = { 'order.total': 'number', 'order.restaurant': 'text', 'order.delivery': 'text', 'order.source': 'text', 'order.promo': 'text', 'order.number': 'text' }

export const EVENTS: Readonly<Record<string, Fields>> = {
  'cart.changed': { 'cart.total': 'number' },
  'order.placed': ORDER,
  'order.cooking': ORDER,
  'order.on_its_way': ORDER,
  'order.delivered': ORDER,
  'order.cancelled': ORDER,
  'guest.registered': { 'guest.source': 'text', 'guest.restaurant': 'text', 'guest.locale': 'text' },
  'review.left': { 'review.stars': 'number', 'review.source': 'text' },
  'bonuses.accrued': { bonus_amount: 'number', balance: 'number' },
  'bonuses.changed': { balance: 'number' },
  'referral.joined': { 'referral.by': 'text' },
  'referral.ordered': { 'referral.name': 'text', 'order.total': 'number' },
  'app.opened': {},
  custom: {},
}

/** Values of an event that texts use beside the fields above. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  'cart.changed': ['cart.items[0].dish', 'cart.url'],
  'review.left': ['review.text'],
}

export const fieldsOf = (kind: string): [string, FieldKind][] => Object.entries(EVENTS[kind] ?? {})

/** What a text of a program may take from what fired it; a custom event says its own. */
export const variablesOf = (kind: string | undefined, values: readonly string[] = []): string[] => (kind === undefined ? [] : [...Object.keys(EVENTS[kind] ?? {}), ...(MORE[kind] ?? []), ...values])
