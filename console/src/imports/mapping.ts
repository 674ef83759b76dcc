export const HOLDS = ['guests', 'orders', 'consents'] as const
export type Holds = (typeof HOLDS)[number]

/** From which heading of the file each column is read; null: from none. */
export type Mapping = Record<string, string | null>

export interface Sheet {
  format: string
  encoding?: string
  delimiter?: string
  sheets: string[]
  sheet?: string
  holds?: Holds
  program?: string
  suggested: Mapping
  header_line: number
  above: string[]
  headings: { heading: string; columns: string[] }[]
  missing: string[]
  columns: string[]
  rows: string[][]
}

/** The mapping as the sheet reads it: each column from its heading. */
export const mappingOf = (sheet: Sheet): Mapping => {
  const read = Object.fromEntries(sheet.headings.flatMap((it) => it.columns.map((column) => [column, it.heading])))
  return Object.keys(sheet.suggested).length > 0 ? { ...read, ...sheet.suggested } : read
}

/** A heading is read as another column: whatever it was read as, and whatever was read as that column, is let go. */
export function mapped(mapping: Mapping, heading: string, column: string | null): Mapping {
  const next: Mapping = { ...mapping }
  for (const [own, from] of Object.entries(mapping)) if (from === heading) next[own] = null
  if (column) next[column] = heading
  return next
}

/** Columns that have to be read and are not. */
export const lacking = (sheet: Sheet, mapping: Mapping): string[] => sheet.missing.filter((column) => !mapping[column])
