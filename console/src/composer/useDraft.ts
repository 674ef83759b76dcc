import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { mailings } from '../api/ask'
import { isRefusal, type Fault } from '../api/refusal'
import type { Mailing, MailingFile } from '../api/shapes'
import { kept, keep, forget } from './kept'
import { canonical, merged } from './merge'

export type Saving = 'saved' | 'waiting' | 'saving' | 'faulty' | 'away' | 'conflict'

export interface Draft {
  file: MailingFile
  version: number
  /** Whether what is shown is what the server has. */
  saving: Saving
  savedAt: Date | null
  faults: Fault[]
  /** What somebody else saved meanwhile. */
  theirs: Mailing | null
  base: MailingFile
  recovered: boolean
  change: (file: MailingFile) => void
  settle: (way: 'merge' | 'take') => void
}

/** How long after the last key a draft is saved. */
const PAUSE = 700
const AGAIN = 3_000

/**
 * A draft that saves itself. What is typed is kept in the browser at once and goes to the server after a pause, from the version that
 * was read; if somebody else has saved meanwhile, nothing is written until one decides.
 */
export function useDraft(mailing: Mailing): Draft {
  const queries = useQueryClient()
  const left = useRef(kept(mailing.id, mailing.version)).current
  const [file, setFile] = useState<MailingFile>(left ?? mailing.file)
  const [saving, setSaving] = useState<Saving>(left ? 'waiting' : 'saved')
  const [savedAt, setSavedAt] = useState<Date | null>(null)
  const [faults, setFaults] = useState<Fault[]>([])
  const [theirs, setTheirs] = useState<Mailing | null>(null)
  const [saved, setSaved] = useState({ file: mailing.file, version: mailing.version })
  // Saves that have ended: what was typed while one was under way waits anew from its end.
  const [ended, setEnded] = useState(0)
  const now = useRef({ file, saved, busy: false })
  now.current.file = file
  now.current.saved = saved

  const save = useCallback(async () => {
    const { file: sent, saved: from, busy } = now.current
    if (busy) return
    if (canonical(sent) === canonical(from.file)) {
      // Typed and taken back: the server has it already.
      forget(mailing.id)
      setSaving('saved')
      return
    }
    now.current.busy = true
    setSaving('saving')
    try {
      const written = await mailings.save(mailing.id, from.version, sent)
      const typedMeanwhile = now.current.file !== sent
      now.current.saved = { file: typedMeanwhile ? sent : written.file, version: written.version }
      setSaved(now.current.saved)
      if (!typedMeanwhile) {
        setFile(written.file)
        forget(mailing.id)
      }
      setFaults([])
      setSavedAt(new Date())
      setSaving(typedMeanwhile ? 'waiting' : 'saved')
      queries.setQueryData(['mailing', mailing.id], written)
    } catch (error) {
      if (isRefusal(error) && error.status === 412) {
        setTheirs(error.current as Mailing)
        setSaving('conflict')
      } else if (isRefusal(error) && error.status > 0 && error.status !== 503 && error.status !== 408) {
        setFaults(error.faults.length > 0 ? error.faults : [{ code: error.code, place: '', problem: error.message }])
        setSaving('faulty')
      } else setSaving('away')
    } finally {
      now.current.busy = false
      setEnded((n) => n + 1)
    }
  }, [mailing.id, queries])

  useEffect(() => {
    if (saving !== 'waiting' && saving !== 'away') return
    const timer = setTimeout(() => void save(), saving === 'away' ? AGAIN : PAUSE)
    return () => clearTimeout(timer)
  }, [saving, file, save, ended])

  useEffect(() => {
    // What was typed last goes out when the page is left.
    return () => void save()
  }, [save])

  const change = (next: MailingFile) => {
    setFile(next)
    keep(mailing.id, now.current.saved.version, next)
    if (!theirs) setSaving('waiting')
  }

  const settle = (way: 'merge' | 'take') => {
    if (!theirs) return
    const next = way === 'take' ? theirs.file : merged(saved.file, file, theirs.file)
    setSaved({ file: theirs.file, version: theirs.version })
    now.current.saved = { file: theirs.file, version: theirs.version }
    setFile(next)
    setTheirs(null)
    forget(mailing.id)
    setSaving(way === 'take' ? 'saved' : 'waiting')
  }

  return { file, version: saved.version, saving, savedAt, faults, theirs, base: saved.file, recovered: left !== null, change, settle }
}
