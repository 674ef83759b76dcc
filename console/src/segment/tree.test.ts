import { describe, expect, it } from 'vitest'
import { changed, counting, dropped, effects, filterOf, moved, treeOf } from './tree'

const EXAMPLES = [
  {},
  { retention: ['lost'] },
  { not: { tags: { any: ['staff'] } } },
  { all: [{ retention: ['lost', 'cooling'] }, { any: [{ has: ['app'] }, { locale: ['en'] }] }, { not: { tags: { any: ['staff'] } } }] },
  { any: [{ retention: ['new'] }, { blacklisted: true }] },
  { not: { any: [{ retention: ['new'] }, { all: [{ has: ['sms'] }, { locale: ['ru'] }] }] } },
  { something_of_a_later_version: { a: 1 } },
]

describe('a filter and its tree', () => {
  it.each(EXAMPLES.map((it) => [JSON.stringify(it), it] as const))('%s comes back as it was', (_, filter) => {
    expect(filterOf(treeOf(filter))).toEqual(filter)
  })

  it('says the opposite of the opposite plainly', () => {
    expect(filterOf(treeOf({ not: { not: { retention: ['new'] } } }))).toEqual({ retention: ['new'] })
  })

  it('gives every node an id of its own', () => {
    const tree = treeOf(EXAMPLES[3])
    const ids = [tree.id, ...tree.parts.map((it) => it.id)]
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('what a clause does', () => {
  it('is told after the clauses above it', () => {
    const tree = treeOf({ all: [{ retention: ['lost'] }, { has: ['app'] }] }, counting())
    const [first, second] = tree.parts
    const told = effects(tree)
    expect(told.get(first!.id)).toMatchObject({ before: {}, left: { retention: ['lost'] } })
    expect(told.get(second!.id)).toMatchObject({
      before: { retention: ['lost'] },
      left: { all: [{ retention: ['lost'] }, { has: ['app'] }] },
      adds: false,
    })
  })

  it('adds in a group of any, among those whom the conditions outside let in', () => {
    const tree = treeOf({ all: [{ retention: ['lost'] }, { any: [{ has: ['app'] }, { locale: ['en'] }] }] })
    const group = tree.parts[1]!
    if (group.type !== 'group') throw new Error('no group')
    const second = effects(tree).get(group.parts[1]!.id)
    expect(second).toEqual({
      adds: true,
      left: { all: [{ retention: ['lost'] }, { locale: ['en'] }] },
      before: { all: [{ retention: ['lost'] }, { any: [{ has: ['app'] }] }] },
      after: { all: [{ retention: ['lost'] }, { any: [{ has: ['app'] }, { locale: ['en'] }] }] },
    })
  })

  it('is not told inside of a negated group', () => {
    const tree = treeOf({ not: { any: [{ has: ['app'] }, { locale: ['en'] }] } })
    expect(effects(tree).size).toBe(1)
  })
})

describe('editing', () => {
  const tree = treeOf({ all: [{ retention: ['lost'] }, { has: ['app'] }, { locale: ['ru'] }] })
  const ids = tree.parts.map((it) => it.id)

  it('removes what gives nothing back', () => {
    expect(filterOf(changed(tree, ids[1]!, () => null))).toEqual({ all: [{ retention: ['lost'] }, { locale: ['ru'] }] })
  })

  it('moves a clause, but not past the ends', () => {
    expect(filterOf(moved(tree, ids[2]!, -1))).toEqual({ all: [{ retention: ['lost'] }, { locale: ['ru'] }, { has: ['app'] }] })
    expect(moved(tree, ids[0]!, -1)).toEqual(tree)
    expect(moved(tree, ids[2]!, 1)).toEqual(tree)
  })

  it('drops a clause before another', () => {
    expect(filterOf(dropped(tree, ids[2]!, ids[0]!))).toEqual({ all: [{ locale: ['ru'] }, { retention: ['lost'] }, { has: ['app'] }] })
  })

  it('drops no group into itself', () => {
    const nested = treeOf({ all: [{ any: [{ has: ['app'] }] }, { locale: ['ru'] }] })
    const group = nested.parts[0]!
    if (group.type !== 'group') throw new Error('no group')
    expect(dropped(nested, group.id, group.parts[0]!.id)).toBe(nested)
  })
})
