import { Button } from '@mantine/core'
import { IconCalendarEvent } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { mailings } from '../api/ask'
import { tell, tellRefusal } from '../parts/notify'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { startOfSchedule, type Start } from './schedule'
import { scheduleSays } from './scheduleSays'
import { useSchedule } from './useSchedule'

/** The schedule that a mailing stands in already, with its next start. */
export function Standing({ mailing, edit }: { mailing: number; edit?: (start: Start) => void }) {
  const speech = useSpeech()
  const { t, when, zone } = speech
  const may = useMay()
  const queries = useQueryClient()
  const { data } = useSchedule(mailing)
  const removing = useMutation({
    mutationFn: () => mailings.unschedule(mailing),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: () => tell(t('schedule.removed')),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['schedule', mailing] })
      void queries.invalidateQueries({ queryKey: ['mailings'] })
    },
  })
  const schedule = data?.schedule
  if (!schedule) return null
  const next = data.next[0]
  return (
    <div className="notice is-info standing" role="status">
      <IconCalendarEvent aria-hidden />
      <div className="grow">
        <p>{scheduleSays(schedule, speech)}</p>
        <p className="small">{next ? t('schedule.next', { when: when(next) }) : t('schedule.over')}</p>
      </div>
      {may('launch') && (
        <span className="row">
          {edit && (
            <Button size="compact-sm" onClick={() => edit(startOfSchedule(schedule, zone))}>
              {t('schedule.edit')}
            </Button>
          )}
          <Button size="compact-sm" color="bad" loading={removing.isPending} onClick={() => removing.mutate()}>
            {t('schedule.remove')}
          </Button>
        </span>
      )}
    </div>
  )
}
