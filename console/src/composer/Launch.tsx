import { Button, TextInput } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { mailings } from '../api/ask'
import { isTyped, wantsTyping } from '../lib/danger'
import { isRefusal } from '../api/refusal'
import { tell, tellRefusal } from '../parts/notify'
import { useSpeech } from '../words/speech'
import { scheduleOf, startOf, type Start } from './schedule'
import { scheduleSays } from './scheduleSays'

interface Props {
  mailing: number
  get: number | undefined
  ready: boolean
  hasErrors: boolean
  start: Start
}

/** The launch as one sentence with its number of people, which above a limit is typed in. */
export function Launch({ mailing, get, ready, hasErrors, start }: Props) {
  const speech = useSpeech()
  const { t, when } = speech
  const go = useNavigate()
  const queries = useQueryClient()
  const [typed, setTyped] = useState('')
  const at = startOf(start)
  const schedule = scheduleOf(start)
  const launching = useMutation({
    mutationFn: () => mailings.launch(mailing, at ? { start_at: at.toISOString() } : {}),
    onError: (error) => {
      if (!isRefusal(error) || error.code !== 'approval_needed') tellRefusal(error, speech)
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['mailings'] })
      void queries.invalidateQueries({ queryKey: ['mailing', mailing] })
      void go({ to: '/mailings/$id/progress', params: { id: String(mailing) } })
    },
  })
  const scheduling = useMutation({
    mutationFn: (wanted: NonNullable<typeof schedule>) => mailings.plan(mailing, wanted),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: (it) => {
      setTyped('')
      queries.setQueryData(['schedule', mailing], it)
      void queries.invalidateQueries({ queryKey: ['mailings'] })
      tell([t('schedule.next', { when: when(it.next[0]) }), ...(it.past_own_time ? [t('schedule.pastOwn', { n: it.past_own_time })] : [])].join('. '))
    },
  })
  if (hasErrors) return <p className="muted">{t('total.cannot')}</p>
  if (get === undefined) return <p className="muted">{t('total.wait')}</p>
  const typing = wantsTyping(get)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (schedule) scheduling.mutate(schedule)
        else launching.mutate()
      }}
    >
      {isRefusal(launching.error) && launching.error.code === 'approval_needed' && (
        <p className="notice is-warn" role="alert">
          {t('launch.needsApproval')}
        </p>
      )}
      <p id="launch-sentence">
        {schedule ? t('launch.scheduled', { n: get, schedule: scheduleSays(schedule, speech) }) : at ? t('launch.at', { n: get, when: when(at.toISOString()) }) : t('launch.now', { n: get })} {typing && t('launch.type')}
      </p>
      <div className="row">
        {typing && (
          <TextInput className="launch-number" aria-label={t('launch.number')} aria-describedby="launch-sentence" inputMode="numeric" autoComplete="off" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        )}
        <Button type="submit" className="grow" variant="filled" color="accent" leftSection={<IconSend />} disabled={!ready || !isTyped(get, typed)} loading={launching.isPending || scheduling.isPending}>
          {at || schedule ? t('launch.plan') : t('launch.do')}
        </Button>
      </div>
    </form>
  )
}
