import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { isRefusal, type Fault } from '../api/refusal'
import type { Finding } from '../api/shapes'
import { forget, keep, kept } from '../composer/kept'
import { canonical, merged } from '../composer/merge'
import { programs, type Program } from './ask'
import type { Definition } from './definition'

/**
 * A definition while it is edited. What is typed is kept in this browser at once; it becomes a version when one says so, because a
 * version has figures of its own and holds from then on for whatever fires.
 */
export function useDefinition(program: Program) {
  const queries = useQueryClient()
  const of = `program-${program.id}`
  const [saved, setSaved] = useState({ version: program.version, definition: program.definition })
  const [left] = useState(() => kept<Definition>(of, program.version))
  const [definition, setDefinition] = useState(left ?? program.definition)
  const [faults, setFaults] = useState<Fault[]>([])
  const [problems, setProblems] = useState<Finding[]>(program.problems ?? [])
  const [theirs, setTheirs] = useState<Program | null>(null)
  const changed = canonical(definition) !== canonical(saved.definition)
  const saving = useMutation({
    mutationFn: (sent: Definition) => programs.save(program.id, saved.version, sent),
    onSuccess: (written, sent) => {
      setSaved({ version: written.version, definition: written.definition })
      // What was typed while it was being saved stays, from the version that is there now.
      if (definition === sent) {
        setDefinition(written.definition)
        forget(of)
      } else keep(of, written.version, definition)
      setFaults([])
      setProblems(written.problems ?? [])
      queries.setQueryData(['program', program.id], written)
      void queries.invalidateQueries({ queryKey: ['programs'] })
    },
    onError: (error) => {
      if (!isRefusal(error)) return
      if (error.status === 412) setTheirs(error.current as Program)
      setFaults(error.faults.length > 0 ? error.faults : error.status === 412 ? [] : [{ code: error.code, place: '', problem: error.message }])
      setProblems((error.report as { problems?: Finding[] } | undefined)?.problems ?? [])
    },
  })
  const change = (next: Definition) => {
    setDefinition(next)
    keep(of, saved.version, next)
  }
  const settle = (way: 'merge' | 'take') => {
    if (!theirs) return
    const next = way === 'take' ? theirs.definition : merged(saved.definition, definition, theirs.definition)
    setSaved({ version: theirs.version, definition: theirs.definition })
    setDefinition(next)
    setTheirs(null)
    if (way === 'take') forget(of)
    else keep(of, theirs.version, next)
  }
  const drop = () => {
    setDefinition(saved.definition)
    setFaults([])
    forget(of)
  }
  return { definition, version: saved.version, base: saved.definition, changed, recovered: left !== null, faults, problems, theirs, saving, change, settle, drop }
}
