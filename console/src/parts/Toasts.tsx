import { MantineThemeProvider, Notification } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { useMemo } from 'react'
import { useSpeech } from '../words/speech'

/** Where short notices appear; a landmark of its own, so that a screen reader finds it. */
export function Toasts() {
  const { t } = useSpeech()
  const close = t('do.close')
  // What shows a notice has no language, so that the name of its button is said here.
  const theme = useMemo(() => ({ components: { Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': close } } }) } }), [close])
  return (
    <div role="region" aria-label={t('top.notices')}>
      <MantineThemeProvider theme={theme}>
        <Notifications withinPortal={false} position="bottom-right" />
      </MantineThemeProvider>
    </div>
  )
}
