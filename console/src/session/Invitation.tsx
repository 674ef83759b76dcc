import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { ask } from '../api/client'
import { isRefusal } from '../api/refusal'
import type { Session } from '../api/shapes'
import { Loading } from '../parts/states'
import { useSpeech } from '../words/speech'
import { Entry } from './Entry'
import { useEntering } from './session'

interface Invited {
  /** Absent for an organisation's first administrator, who says it. */
  email?: string
  name?: string
  role: string
  organisation: string
}

export function Invitation() {
  const { t, maybe } = useSpeech()
  const { token } = useParams({ strict: false }) as { token: string }
  const go = useNavigate()
  const enter = useEntering()
  const path = `v1/invitations/${encodeURIComponent(token)}`
  const asked = useQuery({ queryKey: ['invitation', token], queryFn: () => ask<Invited>('GET', path), retry: false })
  const [typed, setName] = useState<string | null>(null)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const name = typed ?? asked.data?.name ?? ''
  const accepting = useMutation({
    mutationFn: () => ask<Session>('POST', path, { name: name.trim(), password, ...(asked.data?.email ? {} : { email: email.trim() }) }),
    onSuccess: (entered) => {
      if (entered?.person) enter(entered)
      void go({ to: '/' })
    },
  })
  if (asked.isPending) return <Entry title={t('invitation.plain')}><Loading rows={3} /></Entry>
  if (asked.isError) return <Entry title={t('invitation.plain')}><p className="notice is-warn">{t('invitation.gone')}</p></Entry>
  const { organisation, role } = asked.data
  const refusal = isRefusal(accepting.error) ? accepting.error : null
  const at = (place: string) => refusal?.faults.find((it) => it.place === place)?.problem
  const submit = (event: FormEvent) => {
    event.preventDefault()
    accepting.mutate()
  }
  return (
    <Entry title={t('invitation.title', { organisation })}>
      <p className="muted">{t('invitation.about', { role: maybe(`role.${role}`, role) })}</p>
      <form onSubmit={submit}>
        <TextInput label={t('login.email')} type="email" required autoComplete="username" value={asked.data.email ?? email} readOnly={asked.data.email !== undefined} error={at('email')} onChange={(it) => setEmail(it.currentTarget.value)} />
        <TextInput label={t('invitation.name')} required autoFocus autoComplete="name" value={name} error={at('name')} onChange={(it) => setName(it.currentTarget.value)} />
        <PasswordInput label={t('invitation.password')} description={t('invitation.passwordWhy')} required minLength={12} autoComplete="new-password" value={password} error={at('password')} onChange={(it) => setPassword(it.currentTarget.value)} />
        {refusal && refusal.faults.length === 0 && <p className="notice is-bad" role="alert">{refusal.message}</p>}
        <Button type="submit" variant="filled" loading={accepting.isPending}>
          {t('invitation.accept')}
        </Button>
      </form>
    </Entry>
  )
}
