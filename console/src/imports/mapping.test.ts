import { describe, expect, it } from 'vitest'
import { lacking, mapped, mappingOf, type Sheet } from './mapping'

const sheet: Sheet = {
  format: 'csv', sheets: [], suggested: {}, header_line: 1, above: [], missing: ['customer_id'], columns: ['customer_id', 'name', 'phone'], rows: [],
  headings: [{ heading: 'Код', columns: [] }, { heading: 'Имя', columns: ['name'] }, { heading: 'Тел', columns: ['phone'] }],
}

describe('the columns of a file', () => {
  it('are read as the server has recognised them, and by a program’s export over that', () => {
    expect(mappingOf(sheet)).toEqual({ name: 'Имя', phone: 'Тел' })
    expect(mappingOf({ ...sheet, suggested: { phone: null, customer_id: 'Код' } })).toEqual({ name: 'Имя', phone: null, customer_id: 'Код' })
  })

  it('lack what is required until a heading is named for it', () => {
    const mapping = mappingOf(sheet)
    expect(lacking(sheet, mapping)).toEqual(['customer_id'])
    expect(lacking(sheet, mapped(mapping, 'Код', 'customer_id'))).toEqual([])
  })

  it('have one heading each, and a heading one column', () => {
    const moved = mapped(mappingOf(sheet), 'Имя', 'phone')
    expect(moved).toEqual({ name: null, phone: 'Имя' })
    expect(mapped(moved, 'Имя', null)).toEqual({ name: null, phone: null })
  })
})
