import { describe, expect, it } from 'vitest'
import { advice, isOpen, pieces, plural, variable, vary } from './chips'

const sources = (text: string) => pieces(text).map((it) => ('chip' in it ? it.chip.source : it.text))
const chips = (text: string) => pieces(text).flatMap((it) => ('chip' in it ? [it.chip] : []))

describe('a template in pieces', () => {
  it.each([
    'Без переменных',
    '{{ name or "Друг" }}, мы скучаем',
    '{name|дорогой гость}, меню тут: {link}',
    '[АКЦИЯ] скидка 20 %: [link]',
    '{% if bonus_amount > 1000 %}Хватит{% endif %} {{ bonus_amount | plural("бонус", "бонуса", "бонусов") }}',
    '{{ vary("Пора обедать", "Стол накрыт") }}, {{ name }}!',
    'скобка { и ещё } одна',
  ])('%s is their sum', (text) => {
    expect(sources(text).join('')).toBe(text)
  })

  it('knows a variable and its fallback in each spelling', () => {
    for (const text of ['{{ name or "Друг" }}', '{{ name | default("Друг") }}', '{name|Друг}'])
      expect(chips(text)).toMatchObject([{ kind: 'variable', name: 'name', fallback: 'Друг' }])
  })

  it('leaves brackets that are only brackets', () => {
    expect(chips('[АКЦИЯ]')).toEqual([])
  })

  it('counts variants', () => {
    expect(chips('{{ vary("а", "б", "в") }}')).toMatchObject([{ kind: 'vary', variants: 3 }])
  })
})

describe('what is inserted', () => {
  it('comes back as it was meant, quotes and all', () => {
    expect(chips(variable('name', 'мой "друг"'))).toMatchObject([{ name: 'name', fallback: 'мой "друг"' }])
    expect(chips(variable('last_dish', ''))).toMatchObject([{ name: 'last_dish', fallback: null }])
    expect(chips(vary(['раз', 'два']))).toMatchObject([{ variants: 2 }])
    expect(chips(plural('bonus_amount', ['бонус', 'бонуса', 'бонусов']))).toMatchObject([{ kind: 'plural', name: 'bonus_amount' }])
  })
})

describe('a value that may be missing', () => {
  it('is open without a fallback', () => {
    expect(chips('{{ last_dish }} {{ name or "гость" }} {link} {{ greeting }}').map(isOpen)).toEqual([true, false, false, false])
  })
})

describe('advice', () => {
  it('wants a messenger text to greet, to name, to smile and to ask', () => {
    expect(advice('whatsapp', '{{ greeting }}, {{ name or "гость" }}! 🍕 Повторим?').every(([, holds]) => holds)).toBe(true)
    expect(advice('whatsapp', 'Скидка 20 %').some(([, holds]) => holds)).toBe(false)
  })
})
