import { Button, Modal, TagsInput } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { mailings } from '../api/ask'
import { isRefusal } from '../api/refusal'
import { useSpeech } from '../words/speech'
import { outcome, type TrialMessage } from './outcome'

const LAST = 'bellhop.trial'

const last = (): string[] => {
  try {
    return JSON.parse(localStorage.getItem(LAST) ?? '[]') as string[]
  } catch {
    return []
  }
}

/** A test: it really goes out, to a few guests, outside the statistics. */
export function Trial({ mailing, ready }: { mailing: number; ready: boolean }) {
  const { t, maybe } = useSpeech()
  const [open, setOpen] = useState(false)
  const [customers, setCustomers] = useState<string[]>(last)
  const sending = useMutation({
    mutationFn: () => {
      localStorage.setItem(LAST, JSON.stringify(customers))
      return mailings.test(mailing, customers)
    },
  })
  const it = sending.data
  const says = (message: TrialMessage) => {
    const { state, reason } = outcome(message)
    return [maybe(state, message.state), reason && maybe(`reason.${reason}`, reason)].filter(Boolean).join(': ')
  }
  return (
    <>
      <Button fullWidth leftSection={<IconUsers />} disabled={!ready} onClick={() => setOpen(true)}>
        {t('test.do')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('test.title')} closeButtonProps={{ 'aria-label': t('do.close') }}>
        <div className="stack">
          <p className="muted">{t('test.about')}</p>
          <TagsInput data-autofocus label={t('test.whom')} value={customers} onChange={setCustomers} maxTags={20} acceptValueOnBlur />
          <Button variant="filled" disabled={customers.length === 0} loading={sending.isPending} onClick={() => sending.mutate()}>
            {t('test.send')}
          </Button>
          {sending.isError && (
            <p className="notice is-bad" role="alert">
              {isRefusal(sending.error) ? (sending.error.faults[0]?.problem ?? sending.error.message) : t('state.failed')}
            </p>
          )}
          {it && (
            <ul role="status">
              {it.messages.map((message) => (
                <li key={message.customer}>
                  {t('test.result', { customer: message.customer ?? '', channel: maybe(`channel.${message.channel}`, message.channel), state: says(message) })}
                </li>
              ))}
              {it.excluded.map((guest) => (
                <li key={guest.customer}>{t('test.excluded', { customer: guest.customer, reason: maybe(`exclusion.${guest.reason}`, guest.reason) })}</li>
              ))}
            </ul>
          )}
        </div>
      </Modal>
    </>
  )
}
