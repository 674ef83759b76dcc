import { useEffect } from 'react'

export interface Doing {
  search: () => void
  help: () => void
  go: (to: string) => void
}

const GO: Record<string, string> = { m: '/mailings', p: '/programs', u: '/guests', s: '/segments', n: '/senders', o: '/settings' }

/** A key on a Russian keyboard stands where its Latin one does. */
const LATIN: Record<string, string> = { ь: 'm', з: 'p', г: 'u', ы: 's', т: 'n', щ: 'o', п: 'g', о: 'j', л: 'k' }

/** What a key asks for, after the keys before it. */
export function asked(key: string, before: string): { search?: true; help?: true; to?: string; move?: 1 | -1; next: string } {
  const own = key.toLowerCase()
  const latin = LATIN[own] ?? own
  if (before === 'g') return GO[latin] ? { to: GO[latin], next: '' } : { next: '' }
  if (key === '/' || key === '.') return { search: true, next: '' }
  if (key === '?' || key === ',') return { help: true, next: '' }
  if (latin === 'g') return { next: 'g' }
  if (latin === 'n') return { to: '/mailings/new', next: '' }
  if (latin === 'j') return { move: 1, next: '' }
  if (latin === 'k') return { move: -1, next: '' }
  return { next: '' }
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName) || target.closest('[role="dialog"]') !== null)

/** Moves among rows: links that carry data-row. */
function move(by: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.findIndex((row) => row === document.activeElement)
  rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
}

export function useShortcuts(doing: Doing) {
  useEffect(() => {
    let before = ''
    const pressed = (event: KeyboardEvent) => {
      const palette = (event.ctrlKey || event.metaKey) && event.code === 'KeyK'
      if (!palette && (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))) return
      const wanted = palette ? { search: true as const, next: '' } : asked(event.key, before)
      before = wanted.next
      if (wanted.search || ('to' in wanted && wanted.to) || ('help' in wanted && wanted.help) || ('move' in wanted && wanted.move)) event.preventDefault()
      if (wanted.search) doing.search()
      if ('help' in wanted && wanted.help) doing.help()
      if ('to' in wanted && wanted.to) doing.go(wanted.to)
      if ('move' in wanted && wanted.move) move(wanted.move)
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  })
}
