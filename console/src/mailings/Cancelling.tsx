import { Button, Modal, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { runs } from '../api/ask'
import type { Progress } from '../api/shapes'
import { isTyped, wantsTyping } from '../lib/danger'
import { tellRefusal } from '../parts/notify'
import { useSpeech } from '../words/speech'

/** Names how many guests will get nothing, and wants that number typed above a limit. */
export function Cancelling({ opened, close, run, left }: { opened: boolean; close: () => void; run: Progress; left: number }) {
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const [typed, setTyped] = useState('')
  const cancelling = useMutation({
    mutationFn: () => runs.cancel(run.run),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: close,
    onSettled: () => void queries.invalidateQueries(),
  })
  return (
    <Modal opened={opened} onClose={close} title={t('run.cancelTitle')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <div className="stack">
        <p>{left > 0 ? t('run.cancelWhat', { guests: t('count.guests', { n: left }) }) : t('run.cancelNothing')}</p>
        {wantsTyping(left) && <TextInput label={t('launch.number')} inputMode="numeric" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />}
        <div className="row">
          <span className="grow" />
          <Button onClick={close}>{t('do.cancel')}</Button>
          <Button variant="filled" color="bad" disabled={!isTyped(left, typed)} loading={cancelling.isPending} onClick={() => cancelling.mutate()}>
            {t('run.cancelSure')}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
