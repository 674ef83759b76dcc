/** One place of a document that differs, like `contents.sms.text`. */
export interface Difference {
  place: string
  before: unknown
  after: unknown
}

const isObject = (it: unknown): it is Record<string, unknown> => typeof it === 'object' && it !== null && !Array.isArray(it)
const same = (a: unknown, b: unknown) => canonical(a) === canonical(b)

/** A value as text, in which the order of keys does not matter. */
export function canonical(it: unknown): string {
  if (Array.isArray(it)) return `[${it.map(canonical).join(',')}]`
  if (!isObject(it)) return JSON.stringify(it) ?? 'null'
  const keys = Object.keys(it).filter((key) => it[key] !== undefined).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(it[key])}`).join(',')}}`
}

/** A filter and a list are one place each: half of somebody's condition would mean something that nobody meant. */
const WHOLE = new Set(['audience', 'waterfall'])

/** The places in which two documents differ. */
export function differences(before: unknown, after: unknown, place = ''): Difference[] {
  if (same(before, after)) return []
  if (!isObject(before) || !isObject(after) || WHOLE.has(place)) return [{ place, before, after }]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys.flatMap((key) => differences(before[key], after[key], place ? `${place}.${key}` : key))
}

const overlap = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)

/** Places that both sides changed, and not to the same. */
export function disputed(base: unknown, mine: unknown, theirs: unknown): string[] {
  const own = differences(base, mine)
  return differences(base, theirs)
    .filter((their) => own.some((it) => overlap(it.place, their.place) && !(it.place === their.place && same(it.after, their.after))))
    .map((it) => it.place)
}

function placed<T>(document: T, place: string, value: unknown): T {
  const [key, ...rest] = place.split('.')
  if (key === undefined || !isObject(document)) return value as T
  const next: Record<string, unknown> = { ...document }
  if (rest.length > 0) next[key] = placed(isObject(next[key]) ? next[key] : {}, rest.join('.'), value)
  else if (value === undefined) delete next[key]
  else next[key] = value
  return next as T
}

/** Their document with what I changed; where both changed the same, mine stands. */
export function merged<T>(base: T, mine: T, theirs: T): T {
  return differences(base, mine).reduce((document, it) => placed(document, it.place, it.after), theirs)
}
