import type { Filter } from '../api/shapes'

/** A filter as it is edited: groups of clauses, each with an id that survives its edits. */
export type Node = Group | Clause

export interface Group {
  id: string
  type: 'group'
  join: 'all' | 'any'
  not: boolean
  parts: Node[]
}

export interface Clause {
  id: string
  type: 'clause'
  not: boolean
  /** The condition's key, as docs/audience.md has it. */
  kind: string
  value: unknown
}

export const KINDS = [
  'retention', 'orders', 'last_order', 'first_order', 'tags', 'restaurants', 'has', 'mailing', 'birthday', 'registered', 'locale',
  'attribute', 'customers', 'phones', 'blacklisted',
] as const
export type Kind = (typeof KINDS)[number]
export const isKind = (kind: string): kind is Kind => (KINDS as readonly string[]).includes(kind)

/** What a new clause of a kind says before it is edited. */
export const FIRST: Record<Kind, unknown> = {
  retention: ['lost'],
  orders: { between: { last_days: 90 }, count: { min: 1 } },
  last_order: { last_days: 30 },
  first_order: { last_days: 30 },
  registered: { last_days: 30 },
  tags: { any: [] },
  restaurants: [],
  has: ['app'],
  mailing: { id: 1, outcome: ['not_opened'] },
  birthday: { within_days: 7 },
  locale: ['ru'],
  attribute: { key: '', is: [] },
  customers: [],
  phones: [],
  blacklisted: true,
}

type Named = () => string

/** Makes ids; a test gives its own. */
export const counting = (): Named => {
  let last = 0
  return () => `n${(last += 1)}`
}

const isObject = (it: unknown): it is Record<string, unknown> => typeof it === 'object' && it !== null && !Array.isArray(it)

function node(filter: unknown, id: Named): Node {
  const keys = isObject(filter) ? Object.keys(filter) : []
  const key = keys[0]
  if (!isObject(filter) || key === undefined) return { id: id(), type: 'group', join: 'all', not: false, parts: [] }
  const value = filter[key]
  if ((key === 'all' || key === 'any') && Array.isArray(value))
    return { id: id(), type: 'group', join: key, not: false, parts: value.map((part) => node(part, id)) }
  if (key === 'not') {
    const inner = node(value, id)
    return { ...inner, not: !inner.not }
  }
  return { id: id(), type: 'clause', not: false, kind: key, value }
}

/** The tree of a filter; its root is a group. */
export function treeOf(filter: Filter | undefined, id: Named = counting()): Group {
  const root = node(filter ?? {}, id)
  if (root.type === 'group' && !root.not) return root
  return { id: id(), type: 'group', join: 'all', not: false, parts: [root] }
}

function filterOfNode(it: Node): Filter {
  const plain: Filter = it.type === 'clause' ? { [it.kind]: it.value } : { [it.join]: it.parts.map(filterOfNode) }
  return it.not ? { not: plain } : plain
}

/** The filter of a tree. Without conditions it is everybody, and one condition stands by itself. */
export function filterOf(root: Group): Filter {
  const [only, ...others] = root.parts
  if (!root.not && only === undefined) return {}
  if (!root.not && only !== undefined && others.length === 0) return filterOfNode(only)
  return filterOfNode(root)
}

const joined = (parts: Filter[]): Filter => {
  const [only, ...others] = parts
  if (only === undefined) return {}
  return others.length === 0 ? only : { all: parts }
}

/** What is asked to tell what a clause does: who is left with it, and who was there before. */
export interface Effect {
  /** Guests with the clause. */
  left: Filter
  /** In a group of all: guests before it, whom it takes away from. In a group of any: those whom the clauses above let in. */
  before: Filter | null
  /** The same with this clause: in a group of any it adds. */
  after: Filter
  adds: boolean
}

/** The effect of each clause and group, by its id. What stands in a negated group has none of its own. */
export function effects(root: Group): Map<string, Effect> {
  const found = new Map<string, Effect>()
  const walk = (group: Group, context: Filter[]) => {
    const above: Filter[] = []
    for (const part of group.parts) {
      const own = filterOfNode(part)
      if (group.join === 'all') {
        const before = joined([...context, ...above])
        const left = joined([...context, ...above, own])
        found.set(part.id, { left, before, after: left, adds: false })
        if (part.type === 'group' && !part.not) walk(part, [...context, ...above])
      } else {
        const before = above.length === 0 ? null : joined([...context, { any: [...above] }])
        const after = joined([...context, { any: [...above, own] }])
        found.set(part.id, { left: joined([...context, own]), before, after, adds: true })
        if (part.type === 'group' && !part.not) walk(part, context)
      }
      above.push(own)
    }
  }
  if (!root.not) walk(root, [])
  return found
}

/** The tree with one node changed, or removed if nothing is given back. */
export function changed(root: Group, id: string, change: (it: Node) => Node | null): Group {
  const inside = (group: Group): Group => ({
    ...group,
    parts: group.parts.flatMap((part) => {
      if (part.id === id) {
        const next = change(part)
        return next ? [next] : []
      }
      return [part.type === 'group' ? inside(part) : part]
    }),
  })
  if (root.id === id) {
    const next = change(root)
    return next?.type === 'group' ? next : root
  }
  return inside(root)
}

/** The tree with a node moved among its neighbours. */
export function moved(root: Group, id: string, by: -1 | 1): Group {
  const inside = (group: Group): Group => {
    const at = group.parts.findIndex((part) => part.id === id)
    if (at < 0) return { ...group, parts: group.parts.map((part) => (part.type === 'group' ? inside(part) : part)) }
    const parts = [...group.parts]
    const to = at + by
    const [it] = parts.splice(at, 1)
    if (it && to >= 0 && to <= parts.length) parts.splice(to, 0, it)
    else return group
    return { ...group, parts }
  }
  return inside(root)
}

/** The tree with a node put before another one: what dragging does. */
export function dropped(root: Group, id: string, before: string): Group {
  if (id === before) return root
  let taken: Node | null = null
  const without = changed(root, id, (it) => {
    taken = it
    return null
  })
  const held = taken as Node | null
  if (!held || (held.type === 'group' && effectsHold(held, before))) return root
  const inside = (group: Group): Group => ({
    ...group,
    parts: group.parts.flatMap((part) => {
      const own = part.type === 'group' ? inside(part) : part
      return part.id === before ? [held, own] : [own]
    }),
  })
  return inside(without)
}

const effectsHold = (group: Group, id: string): boolean =>
  group.parts.some((part) => part.id === id || (part.type === 'group' && effectsHold(part, id)))
