import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue, LANGUAGES, spoken } from './index'
import type { Entry } from './define'

const places = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((it) => it[1]))].sort()
const forms = (entry: Entry) => (typeof entry === 'string' ? [entry] : Object.values(entry))
const source = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((it) => {
    const path = join(folder, it.name)
    if (it.isDirectory()) return source(path)
    // The catalogue itself asks for nothing.
    return /\.tsx?$/.test(it.name) && !/words\/\w+\.ts$/.test(path) && !it.name.endsWith('.test.ts') && it.name !== 'schema.d.ts' ? [readFileSync(path, 'utf8')] : []
  })
const all = source(join(import.meta.dirname, '..'))

describe('every word', () => {
  it.each(Object.entries(catalogue))('%s is said in each language, with the same values in it', (_, pair) => {
    expect(pair).toHaveLength(LANGUAGES.length)
    for (const entry of pair) for (const form of forms(entry)) expect(form.trim()).not.toBe('')
    const [russian, english] = pair.map((entry) => places(forms(entry).join(' ')))
    expect(russian).toEqual(english)
  })

  it.each(Object.entries(catalogue))('%s has the plural forms that its language wants', (_, pair) => {
    pair.forEach((entry, at) => {
      if (typeof entry === 'string') return
      const wanted = new Intl.PluralRules(LANGUAGES[at]).resolvedOptions().pluralCategories
      expect(Object.keys(entry).sort()).toEqual([...wanted].sort())
    })
  })

  it('is asked for by some screen', () => {
    // Keys that are put together, like state.paused, are found by what stands before their last dot.
    const put = new Set(all.flatMap((text) => [...text.matchAll(/`([\w.]+\.)\$\{/g)].map((it) => it[1])))
    const isPut = (key: string) => [...put].some((it) => it && key.startsWith(it)) || all.some((text) => text.includes(`, '${key.split('.')[0]}')`))
    const unused = Object.keys(catalogue).filter((key) => !all.some((text) => text.includes(`'${key}'`)) && !isPut(key))
    expect(unused).toEqual([])
  })

  it('is known when a screen names it', () => {
    const named = all.flatMap((text) => [...text.matchAll(/\bt\('([^']+)'/g)].map((it) => it[1] ?? ''))
    expect(named.filter((key) => !(key in catalogue))).toEqual([])
  })
})

describe('numbers and their words', () => {
  it('agree in Russian', () => {
    const said = (n: number) => spoken(catalogue['count.guests'], 'ru', { n })
    expect([1, 2, 5, 11, 21, 112, 3318].map(said)).toEqual(['1 гость', '2 гостя', '5 гостей', '11 гостей', '21 гость', '112 гостей', '3\u00a0318 гостей'])
  })

  it('agree in English', () => {
    expect([1, 2].map((n) => spoken(catalogue['count.guests'], 'en', { n }))).toEqual(['1 guest', '2 guests'])
  })
})
