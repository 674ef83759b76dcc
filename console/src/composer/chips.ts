/** A text as the editor shows it: plain text and chips. A chip keeps the words of the template that it stands for. */
export type Piece = { text: string } | { chip: Chip }

export interface Chip {
  source: string
  kind: 'variable' | 'vary' | 'plural' | 'other'
  name: string
  fallback: string | null
  variants: number
}

const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'`
const TAG = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{[\p{L}_][\p{L}\p{N}_.]*(?:\|[^{}]*)?\}|\[link\]/gu
const PATH = String.raw`[\p{L}_][\p{L}\p{N}_.\[\]]*`
const WITH_OR = new RegExp(String.raw`^(${PATH})\s+or\s+(?:${QUOTED})$`, 'u')
const WITH_DEFAULT = new RegExp(String.raw`^(${PATH})\s*\|\s*default\(\s*(?:${QUOTED})\s*\)$`, 'u')
const PLAIN = new RegExp(`^(${PATH})$`, 'u')
const PLURAL = new RegExp(String.raw`^(${PATH})\s*\|\s*plural\(`, 'u')

const plain = (quoted: string | undefined) => quoted?.replace(/\\(.)/g, '$1') ?? ''

function chipOf(source: string): Chip {
  const chip = (kind: Chip['kind'], name: string, fallback: string | null = null, variants = 0): Chip => ({ source, kind, name, fallback, variants })
  if (source.startsWith('{%')) return chip('other', source.slice(2, -2).trim())
  if (source.startsWith('{{')) {
    const inside = source.slice(2, -2).trim()
    const fallen = WITH_OR.exec(inside) ?? WITH_DEFAULT.exec(inside)
    if (fallen) return chip('variable', fallen[1] ?? '', plain(fallen[2] ?? fallen[3]))
    const variable = PLAIN.exec(inside)
    if (variable) return chip('variable', variable[1] ?? '')
    const plural = PLURAL.exec(inside)
    if (plural) return chip('plural', plural[1] ?? '')
    if (inside.startsWith('vary(')) return chip('vary', 'vary', null, [...inside.matchAll(new RegExp(QUOTED, 'g'))].length)
    return chip('other', inside)
  }
  const inside = source.slice(1, -1)
  const bar = inside.indexOf('|')
  return bar < 0 ? chip('variable', inside) : chip('variable', inside.slice(0, bar), inside.slice(bar + 1))
}

/** The pieces of a template's text, in order. Their sources together are the text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const match of text.matchAll(TAG)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index) })
    found.push({ chip: chipOf(match[0]) })
    at = match.index + match[0].length
  }
  if (at < text.length) found.push({ text: text.slice(at) })
  return found
}

const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** A variable as the template language writes it. */
export const variable = (name: string, fallback: string): string =>
  fallback === '' ? `{{ ${name} }}` : `{{ ${name} or ${quoted(fallback)} }}`

export const vary = (variants: string[]): string => `{{ vary(${variants.map(quoted).join(', ')}) }}`

export const plural = (name: string, forms: string[]): string => `{{ ${name} | plural(${forms.map(quoted).join(', ')}) }}`

/** Variables that are always there: a greeting needs no fallback, and a link is the guest's own. */
const CERTAIN = new Set(['link', 'greeting'])

/** Whether some guests may lack the value, so that the message does not go to them. */
export const isOpen = (chip: Chip): boolean => chip.kind === 'variable' && chip.fallback === null && !CERTAIN.has(chip.name)

/** What makes a message of a messenger read as a person's, and a notification short. */
export function advice(channel: string, text: string): [rule: string, holds: boolean][] {
  const chips = pieces(text).flatMap((piece) => ('chip' in piece ? [piece.chip] : []))
  const has = (names: string[]) => chips.some((chip) => names.includes(chip.name))
  const personal: [string, boolean] = ['advice.name', has(['name', 'last_dish'])]
  if (channel === 'sms') return [personal, ['advice.link', has(['link'])], ['advice.short', text.length <= 70]]
  if (channel === 'push' || channel === 'web_push')
    return [personal, ['advice.emoji', /\p{Extended_Pictographic}/u.test(text)], ['advice.short', text.length <= 120]]
  return [
    personal,
    ['advice.greeting', has(['greeting']) || chips.some((chip) => chip.kind === 'vary')],
    ['advice.emoji', /\p{Extended_Pictographic}/u.test(text)],
    ['advice.question', /\?\s*$/.test(text)],
  ]
}
