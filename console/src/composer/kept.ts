/** Of a mailing by its number; of others by a name that says what it is. */
type Of = number | string

const name = (of: Of) => `bellhop.draft.${of}`

/** Keeps what was typed until the server has it. A browser that keeps nothing loses nothing but this. */
export function keep(of: Of, version: number, file: unknown) {
  try {
    localStorage.setItem(name(of), JSON.stringify({ version, file }))
  } catch {
    /* no room, or none allowed */
  }
}

export const forget = (of: Of) => localStorage.removeItem(name(of))

/** What was typed from this version on and never saved. What was typed from another version is out of date. */
export function kept<F>(of: Of, version: number): F | null {
  try {
    const it = JSON.parse(localStorage.getItem(name(of)) ?? 'null') as { version: number; file: F } | null
    return it && it.version === version ? it.file : null
  } catch {
    return null
  }
}
