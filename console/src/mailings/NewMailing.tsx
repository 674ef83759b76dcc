import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { mailings } from '../api/ask'
import type { Filter } from '../api/shapes'
import { Failure, Loading } from '../parts/states'
import { useSpeech } from '../words/speech'
import { draft } from './draft'

/** Makes a draft and goes to it, so that from the first word on it saves itself. */
export function NewMailing() {
  const { t, language } = useSpeech()
  const go = useNavigate()
  const { filter } = useSearch({ strict: false }) as { filter?: string }
  const making = useMutation({
    mutationFn: () => mailings.create(draft(t('mailings.newName'), filter ? (JSON.parse(filter) as Filter) : { retention: ['lost'] }, language)),
    onSuccess: (made) => void go({ to: '/mailings/$id/edit', params: { id: String(made.id) }, replace: true }),
  })
  const asked = useRef(false)
  const { mutate } = making
  useEffect(() => {
    if (!asked.current) mutate()
    asked.current = true
  }, [mutate])
  return making.isError ? <Failure error={making.error} retry={() => mutate()} /> : <Loading />
}
