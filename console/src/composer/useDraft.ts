import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { mailings } from '../api/ask'
import type { Fault } from '../api/refusal'
import type { Mailing, MailingFile } from '../api/shapes'
import { Drafting, type Saving } from './drafting'
import { kept, keep, forget } from './kept'

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

/** The draft of a mailing, which saves itself; its rules are Drafting's. */
export function useDraft(mailing: Mailing): Draft {
  const queries = useQueryClient()
  const [{ drafting, recovered }] = useState(() => {
    const left = kept<MailingFile>(mailing.id, mailing.version)
    return {
      recovered: left !== null,
      drafting: new Drafting<MailingFile, Mailing>(mailing, left, {
        save: (version, file) => mailings.save(mailing.id, version, file),
        keep: (version, file) => keep(mailing.id, version, file),
        forget: () => forget(mailing.id),
        wrote: (written) => queries.setQueryData(['mailing', mailing.id], written),
      }),
    }
  })
  const { file, saved, saving, savedAt, faults, theirs } = useSyncExternalStore(drafting.subscribe, drafting.read, drafting.read)
  useEffect(() => {
    drafting.begin()
    return drafting.leave
  }, [drafting])
  return { file, version: saved.version, saving, savedAt, faults, theirs, base: saved.file, recovered, change: drafting.change, settle: drafting.settle }
}
