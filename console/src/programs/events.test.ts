import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../words'
import { EVENTS, variablesOf } from './events'

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
}

const FOLDER = join(import.meta.dirname, '../../../docs/events')
const read = (kind: string) => JSON.parse(readFileSync(join(FOLDER, `${kind}.json`), 'utf8')) as Schema
const at = (schema: Schema, path: string): Schema | undefined => path.split(/[.[]/).reduce<Schema | undefined>((it, part) => (part.endsWith(']') ? it?.items : it?.properties?.[part]), schema)

describe('events that fire programs', () => {
  it('are those that the API has', () => {
    expect(Object.keys(EVENTS).sort()).toEqual(readdirSync(FOLDER).map((file) => file.replace('.json', '')).sort())
  })

  it.each(Object.keys(EVENTS))('%s has the fields that are offered, and each has a word', (kind) => {
    expect(existsSync(join(FOLDER, `${kind}.json`))).toBe(true)
    const schema = read(kind)
    for (const field of variablesOf(kind)) expect(at(schema, field), `${kind} ${field}`).toBeDefined()
    for (const field of Object.keys(EVENTS[kind] ?? {})) expect(Object.keys(catalogue)).toContain(`eventField.${field}`)
    expect(Object.keys(catalogue)).toContain(`event.${kind}`)
  })
})
