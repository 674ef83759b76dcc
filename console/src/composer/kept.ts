import type { MailingFile } from '../api/shapes'

const name = (id: number) => `bellhop.draft.${id}`

/** Keeps what was typed until the server has it. A browser that keeps nothing loses nothing but this. */
export function keep(id: number, version: number, file: MailingFile) {
  try {
    localStorage.setItem(name(id), JSON.stringify({ version, file }))
  } catch {
    /* no room, or none allowed */
  }
}

export const forget = (id: number) => localStorage.removeItem(name(id))

/** What was typed from this version on and never saved. What was typed from another version is out of date. */
export function kept(id: number, version: number): MailingFile | null {
  try {
    const it = JSON.parse(localStorage.getItem(name(id)) ?? 'null') as { version: number; file: MailingFile } | null
    return it && it.version === version ? it.file : null
  } catch {
    return null
  }
}
