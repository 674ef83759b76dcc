import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../api/client'
import { isRefusal, type Fault } from '../api/refusal'
import { tell, tellRefusal } from '../parts/notify'
import { useSpeech } from '../words/speech'
import type { Changed } from './senderForm'

/** Changes a section in two steps: what it would change, and then the change itself. */
export function useSection(path: string, version: number) {
  const speech = useSpeech()
  const queries = useQueryClient()
  const [plan, setPlan] = useState<Changed | null>(null)
  const [document, setDocument] = useState<Record<string, unknown> | null>(null)
  const [faults, setFaults] = useState<Fault[]>([])
  const refused = (error: unknown) => {
    const own = isRefusal(error) ? error.faults.map((it) => ({ ...it, place: it.place.replace(/^document\./, '') })) : []
    setFaults(own)
    if (isRefusal(error) && error.code === 'setting_moved') {
      tell(speech.t('settings.moved'))
      void queries.invalidateQueries({ queryKey: ['settings'] })
    } else if (own.length === 0) tellRefusal(error, speech)
  }
  const reviewing = useMutation({
    mutationFn: (changed: Record<string, unknown>) => {
      setDocument(changed)
      return ask<Changed>('PUT', path, { document: changed, version, dry_run: true })
    },
    onSuccess: (it) => {
      setFaults([])
      setPlan(it)
    },
    onError: refused,
  })
  const saving = useMutation({
    mutationFn: () => ask<Changed>('PUT', path, { document, version }),
    onSuccess: () => tell(speech.t('settings.saved')),
    onError: refused,
    onSettled: () => {
      setPlan(null)
      void queries.invalidateQueries({ queryKey: ['settings'] })
    },
  })
  return { plan, faults, reviewing, saving, close: () => setPlan(null) }
}
