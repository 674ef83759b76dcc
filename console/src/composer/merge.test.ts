import { describe, expect, it } from 'vitest'
import { canonical, differences, disputed, merged } from './merge'

const base = { name: 'A', audience: { all: [{ has: ['app'] }] }, contents: { sms: { text: 'x' }, push: { title: 't', body: 'b' } } }

describe('two who edit one draft', () => {
  it('sees what the other changed, by its place', () => {
    const theirs = { ...base, name: 'B', contents: { ...base.contents, sms: { text: 'y' } } }
    expect(differences(base, theirs)).toEqual([
      { place: 'contents.sms.text', before: 'x', after: 'y' },
      { place: 'name', before: 'A', after: 'B' },
    ])
  })

  it('joins edits of different places', () => {
    const mine = { ...base, contents: { ...base.contents, push: { title: 'mine', body: 'b' } } }
    const theirs = { ...base, contents: { ...base.contents, sms: { text: 'theirs' } } }
    expect(disputed(base, mine, theirs)).toEqual([])
    expect(merged(base, mine, theirs)).toEqual({
      ...base,
      contents: { sms: { text: 'theirs' }, push: { title: 'mine', body: 'b' } },
    })
  })

  it('names a place that both changed, and keeps mine there', () => {
    const mine = { ...base, name: 'mine' }
    const theirs = { ...base, name: 'theirs', contents: { ...base.contents, sms: { text: 'theirs' } } }
    expect(disputed(base, mine, theirs)).toEqual(['name'])
    expect(merged(base, mine, theirs)).toMatchObject({ name: 'mine', contents: { sms: { text: 'theirs' } } })
  })

  it('does not dispute what both changed alike', () => {
    expect(disputed(base, { ...base, name: 'C' }, { ...base, name: 'C' })).toEqual([])
  })

  it('takes conditions as a whole', () => {
    const mine = { ...base, audience: { all: [{ has: ['app'] }, { locale: ['ru'] }] } }
    const theirs = { ...base, audience: { all: [{ has: ['sms'] }] } }
    expect(disputed(base, mine, theirs)).toEqual(['audience'])
    expect(merged<unknown>(base, mine, theirs)).toMatchObject({ audience: mine.audience })
  })

  it('removes what I removed', () => {
    const { contents, ...rest } = base
    const mine = { ...rest, contents: { push: contents.push } }
    expect(merged<unknown>(base, mine, base)).toEqual(mine)
  })

  it('does not mind the order of keys', () => {
    expect(canonical({ a: 1, b: [2] })).toBe(canonical({ b: [2], a: 1 }))
  })
})
