import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { session } from '../api/ask'
import { isRefusal } from '../api/refusal'
import { useSpeech } from '../words/speech'
import { Entry } from './Entry'
import { useEntering } from './session'

export function Login({ absent }: { absent: boolean }) {
  const { t } = useSpeech()
  const enter = useEntering()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const entering = useMutation({ mutationFn: () => session.enter(email.trim(), password, code.trim() || undefined), onSuccess: enter })
  const refusal = isRefusal(entering.error) ? entering.error : null
  const wantsCode = refusal?.code === 'code_needed' || code !== ''
  const trouble = !refusal || refusal.code === 'code_needed' ? '' : refusal.code === 'login_refused' ? t('login.refused') : refusal.message || t('state.failedAway')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    entering.mutate()
  }
  return (
    <Entry title={t('login.title')}>
      {absent && <p className="notice is-warn">{t('login.absent')}</p>}
      <form onSubmit={submit}>
        <TextInput label={t('login.email')} type="email" autoComplete="username" required autoFocus value={email} onChange={(it) => setEmail(it.currentTarget.value)} />
        <PasswordInput label={t('login.password')} autoComplete="current-password" required value={password} onChange={(it) => setPassword(it.currentTarget.value)} />
        {wantsCode && (
          <TextInput label={t('login.code')} description={t('login.codeWhy')} inputMode="numeric" autoComplete="one-time-code" required autoFocus value={code} onChange={(it) => setCode(it.currentTarget.value)} />
        )}
        {trouble && (
          <p className="notice is-bad" role="alert">
            {trouble}
          </p>
        )}
        <Button type="submit" variant="filled" loading={entering.isPending}>
          {t('login.enter')}
        </Button>
        <p className="hint">{t('login.forgotten')}</p>
      </form>
    </Entry>
  )
}
