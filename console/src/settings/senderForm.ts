/** A section of settings as the API gives it (docs/settings.md). */
export interface Section {
  setting: string
  sender?: string | null
  restaurant?: string | null
  version: number
  document: Record<string, unknown>
}

export interface PlanLine {
  setting: string
  sender?: string | null
  restaurant?: string | null
  what: string
  fields?: { field: string; before?: string | null; after?: string | null }[]
}

export interface Changed {
  dry_run: boolean
  plan: PlanLine[]
  version?: number | null
}

/** A section with one key changed; an empty text takes the key away. */
export function withKey(document: Record<string, unknown>, key: string, value: string): Record<string, unknown> {
  const { [key]: _, ...rest } = document
  if (value.trim() === '') return rest
  const number = key === 'attribution_hours' ? Number(value) : Number.NaN
  return { ...rest, [key]: Number.isNaN(number) ? value : number }
}

export const textOf = (value: unknown): string => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))
