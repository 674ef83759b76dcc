import { Button, Modal } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { tell, tellRefusal } from '../parts/notify'
import { useSpeech } from '../words/speech'
import { programs, type ListedProgram } from './ask'

/** On is one click that says what begins; off asks what becomes of what waits. */
export function Switch({ program, waiting, small, disabled }: { program: ListedProgram; waiting: number; small?: boolean; disabled?: boolean }) {
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const [asking, setAsking] = useState<'on' | 'off' | null>(null)
  const turning = useMutation({
    mutationFn: (way: 'on' | 'now' | 'after') => (way === 'on' ? programs.on(program.id) : programs.off(program.id, way === 'after')),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: (it) => {
      setAsking(null)
      tell(it.state === 'on' ? t('program.isOn', { name: program.name }) : it.skipped > 0 ? t('program.isOffSkipped', { n: it.skipped }) : t('program.isOff', { name: program.name }))
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['programs'] })
      void queries.invalidateQueries({ queryKey: ['program', program.id] })
    },
  })
  const isOn = program.state === 'on'
  return (
    <>
      <Button
        size={small ? 'xs' : 'sm'}
        {...(small ? { 'aria-label': `${isOn ? t('program.switchOff') : t('program.switchOn')}: ${program.name}` } : { fullWidth: true })}
        {...(isOn || small ? {} : { variant: 'filled', color: 'accent' })}
        leftSection={isOn ? <IconPlayerPause /> : <IconPlayerPlay />}
        disabled={disabled ?? false}
        onClick={() => setAsking(isOn ? 'off' : 'on')}
      >
        {isOn ? t('program.switchOff') : t('program.switchOn')}
      </Button>
      <Modal opened={asking !== null} onClose={() => setAsking(null)} title={`${program.name}: ${asking === 'off' ? t('program.switchOff') : t('program.switchOn')}`} closeButtonProps={{ 'aria-label': t('do.close') }}>
        {asking === 'off' ? (
          <div className="stack">
            <p>{waiting > 0 ? t('program.offWhat', { n: waiting }) : t('program.offNothing')}</p>
            <div className="row wrap">
              <Button variant="filled" color="accent" loading={turning.isPending && turning.variables === 'now'} onClick={() => turning.mutate('now')}>
                {t('program.offNow')}
              </Button>
              {waiting > 0 && (
                <Button loading={turning.isPending && turning.variables === 'after'} onClick={() => turning.mutate('after')}>
                  {t('program.offAfter')}
                </Button>
              )}
            </div>
          </div>
        ) : (
          <div className="stack">
            <p>{t('program.onWhat')}</p>
            <div className="row">
              <span className="grow" />
              <Button onClick={() => setAsking(null)}>{t('do.cancel')}</Button>
              <Button variant="filled" color="accent" loading={turning.isPending} onClick={() => turning.mutate('on')}>
                {t('program.onSure')}
              </Button>
            </div>
          </div>
        )}
      </Modal>
    </>
  )
}
