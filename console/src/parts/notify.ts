import { notifications } from '@mantine/notifications'
import { isRefusal } from '../api/refusal'
import type { Speech } from '../words/speech'

export const tell = (message: string) => notifications.show({ message, color: 'brand' })

/** A refusal of something that was pressed, in the words of the API. */
export function tellRefusal(error: unknown, { t }: Speech) {
  const words = isRefusal(error) && error.status === 0 ? t('state.failedAway') : error instanceof Error ? error.message : ''
  const places = isRefusal(error) ? error.faults.map((it) => `${it.place}: ${it.problem}`).slice(0, 3) : []
  notifications.show({ title: t('state.failed'), message: [words, ...places].filter(Boolean).join('\n'), color: 'bad', autoClose: 8000 })
}
