import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { session } from '../api/ask'
import { answerIn, remember } from '../api/client'
import type { Person, Session } from '../api/shapes'
import { LANGUAGES } from '../words'
import { useSpeech } from '../words/speech'

const KEY = ['session'] as const

/** Who is logged in, asked once; it sets the zone and the currency in which everything is told. */
export function useSession() {
  const speech = useSpeech()
  const asked = useQuery({ queryKey: KEY, queryFn: session.show, retry: false, staleTime: Infinity })
  const { setWhere, language } = speech
  answerIn(language)
  if (asked.data) remember(asked.data.csrf)
  const organisation = asked.data?.person.organisation
  useEffect(() => {
    if (organisation) setWhere({ zone: organisation.time_zone, currency: organisation.currency })
  }, [organisation, setWhere])
  return asked
}

export function useEntering() {
  const queries = useQueryClient()
  const { setLanguage } = useSpeech()
  return (entered: Session) => {
    remember(entered.csrf)
    const own = LANGUAGES.find((it) => it === entered.person.locale?.slice(0, 2))
    if (own) setLanguage(own)
    queries.clear()
    queries.setQueryData(KEY, entered)
  }
}

export function useLeaving() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: session.leave,
    onSettled: () => {
      remember('')
      queries.clear()
      location.assign(document.baseURI)
    },
  })
}

/** Whether a role may do something. The API decides; this only keeps out of sight what it would refuse. */
export const may = (person: Person, right: string): boolean => person.rights.includes(right)

export function useMay(): (right: string) => boolean {
  const queries = useQueryClient()
  const person = queries.getQueryData<Session>(KEY)?.person
  return (right) => person !== undefined && may(person, right)
}
