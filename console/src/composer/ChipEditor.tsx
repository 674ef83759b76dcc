import { useEffect, useId, useImperativeHandle, useRef, type KeyboardEvent, type Ref } from 'react'
import { useSpeech, type Speech } from '../words/speech'
import { isOpen, pieces, type Chip } from './chips'
import { written } from './editable'

export interface Insertion {
  /** Puts a piece of template where the caret is, or in place of a chip. */
  insert: (source: string, instead?: HTMLElement | null) => void
}

/** What a chip says. */
export function chipWords(chip: Chip, { t, maybe }: Speech): { label: string; note: string } {
  const label = chip.kind === 'vary' ? t('chip.vary', { n: chip.variants }) : maybe(`variable.${chip.name}`, chip.name)
  if (chip.fallback !== null) return { label, note: t('chip.else', { fallback: chip.fallback }) }
  return { label, note: isOpen(chip) ? t('chip.noElse') : '' }
}

interface Props {
  label: string
  value: string
  change: (text: string) => void
  readOnly?: boolean
  error?: string | undefined
  single?: boolean
  ref?: Ref<Insertion>
  onChip?: (chip: Chip, element: HTMLElement) => void
}

/** A text whose variables are chips. The browser edits it; what it says is read from it after each key. */
export function ChipEditor({ label, value, change, readOnly, error, single, ref, onChip }: Props) {
  const speech = useSpeech()
  const own = useRef<HTMLDivElement>(null)
  const caret = useRef<Range | null>(null)
  const hint = useId()

  const nodes = (text: string): Node[] =>
    pieces(text).map((piece) => {
      if (!('chip' in piece)) return document.createTextNode(piece.text)
      const chip = document.createElement('span')
      const { label: name, note } = chipWords(piece.chip, speech)
      chip.className = isOpen(piece.chip) ? 'var is-open' : 'var'
      chip.contentEditable = 'false'
      chip.dataset['source'] = piece.chip.source
      chip.append(name)
      if (note) {
        const small = document.createElement('small')
        small.append(note)
        chip.append(' ', small)
      }
      return chip
    })

  useEffect(() => {
    const box = own.current
    if (!box || (written(box) === value && box.dataset['language'] === speech.language)) return
    box.dataset['language'] = speech.language
    // A chip at the end needs something after it, or no caret stands there.
    box.replaceChildren(...nodes(value), document.createTextNode('\u200b'))
  })

  useEffect(() => {
    const remember = () => {
      const selection = document.getSelection()
      const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : null
      if (range && own.current?.contains(range.commonAncestorContainer)) caret.current = range.cloneRange()
    }
    document.addEventListener('selectionchange', remember)
    return () => document.removeEventListener('selectionchange', remember)
  }, [])

  useImperativeHandle(ref, () => ({
    insert: (source, instead) => {
      const box = own.current
      if (!box) return
      const fresh = nodes(source)
      if (instead) instead.replaceWith(...fresh)
      else {
        const range = caret.current && box.contains(caret.current.startContainer) ? caret.current : document.createRange()
        if (range !== caret.current) {
          range.selectNodeContents(box)
          range.collapse(false)
        }
        range.deleteContents()
        for (const node of [...fresh].reverse()) range.insertNode(node)
        range.collapse(false)
        caret.current = range
      }
      change(written(box))
    },
  }))

  const pressed = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    if (!single) document.execCommand('insertLineBreak')
  }

  return (
    <>
      <div
        ref={own}
        className={single ? 'editor-text is-single' : 'editor-text'}
        role="textbox"
        aria-multiline={!single}
        aria-label={label}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? hint : undefined}
        aria-readonly={readOnly}
        tabIndex={0}
        contentEditable={!readOnly}
        suppressContentEditableWarning
        onInput={(event) => change(written(event.currentTarget))}
        onKeyDown={pressed}
        onPaste={(event) => {
          event.preventDefault()
          const text = event.clipboardData.getData('text/plain')
          document.execCommand('insertText', false, single ? text.replace(/\s*\n\s*/g, ' ') : text)
        }}
        onClick={(event) => {
          const element = (event.target as HTMLElement).closest<HTMLElement>('.var')
          const piece = element && pieces(element.dataset['source'] ?? '')[0]
          if (element && piece && 'chip' in piece) onChip?.(piece.chip, element)
        }}
      />
      {error && (
        <p className="error" id={hint}>
          {error}
        </p>
      )}
    </>
  )
}
