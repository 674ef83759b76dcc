import { IconBan, IconCheck, IconClock, IconPlayerPause, IconPlayerPlay, IconPlayerSkipForward, type Icon } from '@tabler/icons-react'
import { useSpeech } from '../words/speech'
import type { FiringState, ProgramState } from './ask'
import { stateWord } from './say'

const STATE: Record<ProgramState, [Icon, string]> = { on: [IconPlayerPlay, 'is-brand'], ending: [IconClock, 'is-warn'], off: [IconPlayerPause, ''] }

export function ProgramBadge({ state }: { state: ProgramState }) {
  const { t } = useSpeech()
  const [Mark, tone] = STATE[state]
  return (
    <span className={`badge ${tone}`}>
      <Mark aria-hidden />
      {t(stateWord(state))}
    </span>
  )
}

const FIRING: Record<FiringState, [Icon, string]> = { waiting: [IconClock, 'is-info'], sent: [IconCheck, 'is-ok'], skipped: [IconPlayerSkipForward, 'is-warn'], cancelled: [IconBan, ''] }

export function FiringBadge({ state }: { state: FiringState }) {
  const { t } = useSpeech()
  const [Mark, tone] = FIRING[state]
  return (
    <span className={`badge ${tone}`}>
      <Mark aria-hidden />
      {t(`firingState.${state}`)}
    </span>
  )
}
