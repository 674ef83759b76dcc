import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue, spoken, type Key, type Values } from '../words'
import { againName, againOf, firedBy, triggerName, type Definition } from './definition'
import { triggerSays } from './say'

const FOLDER = join(import.meta.dirname, '../../../programs/presets')
const presets = readdirSync(FOLDER).map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Definition] as const)
const said = (language: 'ru' | 'en') => {
  const t = (key: Key, values?: Values) => spoken(catalogue[key], language, values)
  return { t, maybe: (key: string, otherwise: string) => (key in catalogue ? t(key as Key) : otherwise), number: String }
}
const preset = (name: string): Definition => {
  const found = presets.find(([it]) => it === name)
  if (!found) throw new Error(`no preset ${name}`)
  return found[1]
}

describe('what fires a program', () => {
  it('is one sentence', () => {
    expect(triggerSays(preset('abandoned-cart'), said('ru'))).toBe('Изменилась корзина (сумма корзины от 1), через 60 минут')
    expect(triggerSays(preset('birthday-bonus'), said('en'))).toBe('7 days before the birthday, at 10:00')
    expect(triggerSays(preset('retention-change'), said('ru'))).toBe('На другой день после перехода в «потерян», в 10:00')
    expect(triggerSays(preset('welcome-bonus'), said('en'))).toBe('The guest registered (where the guest is from site or app), at once')
    expect(triggerSays({ ...preset('review-request'), delay: { days: 1, at: '12:00' } }, said('ru'))).toBe('Заказ доставлен, через 1 день в 12:00')
  })

  it.each(presets)('of the preset %s has words in both languages', (name, definition) => {
    expect(Object.keys(catalogue)).toContain(`preset.${name}`)
    for (const language of ['ru', 'en'] as const) expect(triggerSays(definition, said(language))).not.toMatch(/^–|\{|undefined/)
    expect(againName(againOf(againName(definition.again), 1))).toBe(againName(definition.again))
  })

  it('takes along what belongs to events alone when it becomes a date', () => {
    const cart = preset('abandoned-cart')
    const birthday = firedBy(cart, 'birthday')
    expect([triggerName(birthday.trigger), birthday.delay, birthday.restarts]).toEqual(['birthday', undefined, undefined])
    expect(birthday.contents).toEqual(cart.contents)
    expect(firedBy(cart, 'custom').trigger.event?.name).toBeDefined()
  })
})
