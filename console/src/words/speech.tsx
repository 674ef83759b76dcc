import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { instant, money, type Where } from '../lib/format'
import { catalogue, LANGUAGES, spoken, written, type Key, type Language, type Values } from './index'

/** Says everything in one language, in the organisation's zone and currency. */
export interface Speech {
  language: Language
  t: (key: Key, values?: Values) => string
  /** The words of a key that may be absent: of a code that this console does not know. */
  maybe: (key: string, otherwise: string) => string
  /** A reason for which a message waits or does not go: a word of docs/words.md, or a provider's code. */
  because: (reason: string) => string
  number: (value: number, options?: Intl.NumberFormatOptions) => string
  share: (part: number, whole: number) => string
  money: (amount: string | number) => string
  when: (iso: string | null | undefined) => string
  time: (iso: string) => string
  zone: string
  setLanguage: (language: Language) => void
  setWhere: (where: Where) => void
}

const Spoken = createContext<Speech | null>(null)
const KEPT = 'bellhop.language'

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT)
  const asked = kept ?? navigator.language.slice(0, 2)
  return LANGUAGES.find((it) => it === asked) ?? 'en'
}

export function Speaking({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  const [where, setWhere] = useState<Where>({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: 'RUB' })
  useEffect(() => {
    document.documentElement.lang = language
    localStorage.setItem(KEPT, language)
  }, [language])
  const speech = useMemo<Speech>(() => {
    const t = (key: Key, values?: Values) => spoken(catalogue[key], language, values)
    const number = (value: number, options?: Intl.NumberFormatOptions) => written(language, value, options)
    return {
      language,
      t,
      maybe: (key, otherwise) => (key in catalogue ? t(key as Key) : otherwise),
      because: (reason) => {
        const lacking = /^`(.+)` has no value/.exec(reason)?.[1]
        if (lacking) return t('reason.noValue', { name: `variable.${lacking}` in catalogue ? t(`variable.${lacking}` as Key) : lacking })
        return `reason.${reason}` in catalogue ? t(`reason.${reason}` as Key) : reason
      },
      number,
      share: (part, whole) =>
        whole > 0 ? number(part / whole, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }) : '–',
      money: (amount) => money(language, where.currency, amount),
      when: (iso) => (iso ? instant(language, where.zone, new Date(iso), new Date(), t) : '–'),
      time: (iso) => new Intl.DateTimeFormat(language, { timeStyle: 'medium', timeZone: where.zone }).format(new Date(iso)),
      zone: where.zone,
      setLanguage,
      setWhere,
    }
  }, [language, where])
  return <Spoken.Provider value={speech}>{children}</Spoken.Provider>
}

export function useSpeech(): Speech {
  const speech = useContext(Spoken)
  if (!speech) throw new Error('a screen stands outside of <Speaking>')
  return speech
}
