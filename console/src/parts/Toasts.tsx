import { Notifications } from '@mantine/notifications'
import { useSpeech } from '../words/speech'

/** Where short notices appear; a landmark of its own, so that a screen reader finds it. */
export function Toasts() {
  const { t } = useSpeech()
  return (
    <div role="region" aria-label={t('top.notices')}>
      <Notifications withinPortal={false} position="bottom-right" />
    </div>
  )
}
