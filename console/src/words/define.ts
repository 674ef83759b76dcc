/** The forms of a word beside a number, by the categories of Intl.PluralRules; `{n}` is the number. */
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string }
export type Entry = string | Forms
/** In Russian and in English, in this order. */
export type Pair = readonly [Entry, Entry]

export const LANGUAGES = ['ru', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** Keeps the keys, so that a misspelt one does not compile. */
export const define = <K extends string>(words: Record<K, Pair>): Record<K, Pair> => words

/** A counted noun: три гостя. */
export const counted = (one: string, few: string, many: string, english: string, englishMany: string): Pair => [
  { one: `{n} ${one}`, few: `{n} ${few}`, many: `{n} ${many}`, other: `{n} ${few}` },
  { one: `{n} ${english}`, other: `{n} ${englishMany}` },
]

export type Values = Readonly<Record<string, string | number>>

const NO_BREAK_SPACE = '\u00a0'

/** A number as the language writes it, with no-break spaces. */
export const written = (language: Language, value: number, options?: Intl.NumberFormatOptions): string =>
  new Intl.NumberFormat(language, options).format(value).replace(/[\u202f ]/g, NO_BREAK_SPACE)

/** The words of an entry: its plural form by `n`, its places filled. */
export function spoken(pair: Pair, language: Language, values: Values = {}): string {
  const entry = pair[LANGUAGES.indexOf(language)] ?? pair[0]
  const n = values['n']
  const form =
    typeof entry === 'string'
      ? entry
      : (entry[typeof n === 'number' ? new Intl.PluralRules(language).select(n) : 'other'] ?? entry.other)
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? written(language, value) : value
  })
}
