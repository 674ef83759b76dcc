import { Button, Modal, Textarea, TextInput } from '@mantine/core'
import { IconCheck, IconCode, IconX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { audience } from '../api/ask'
import { ROOT } from '../api/client'
import { isRefusal } from '../api/refusal'
import type { Clause, Filter } from '../api/shapes'
import { tell } from '../parts/notify'
import { useSpeech } from '../words/speech'

/** JSON for engineers, and why a guest is in or out. */
export function Tools({ filter, take }: { filter: Filter; take?: (filter: Filter) => void }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState<'json' | 'why' | null>(null)
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={() => setOpen('why')}>
        {t('segment.why')}
      </Button>
      <Button variant="subtle" size="compact-sm" leftSection={<IconCode />} onClick={() => setOpen('json')}>
        {t('segment.json')}
      </Button>
      <Modal opened={open === 'json'} onClose={() => setOpen(null)} title={t('segment.jsonTitle')} size="lg" closeButtonProps={{ 'aria-label': t('do.close') }}>
        <Json key={JSON.stringify(filter)} filter={filter} {...(take ? { take: (it: Filter) => { take(it); setOpen(null) } } : {})} />
      </Modal>
      <Modal opened={open === 'why'} onClose={() => setOpen(null)} title={t('segment.whyTitle')} size="lg" closeButtonProps={{ 'aria-label': t('do.close') }}>
        <Why filter={filter} />
      </Modal>
    </>
  )
}

function Json({ filter, take }: { filter: Filter; take?: (filter: Filter) => void }) {
  const { t } = useSpeech()
  const [text, setText] = useState(JSON.stringify(filter, null, 2))
  const [wrong, setWrong] = useState(false)
  const curl = `curl ${ROOT.href}v1/audience/count -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '${JSON.stringify({ filter }).replaceAll("'", "'\\''")}'`
  const use = () => {
    try {
      take?.(JSON.parse(text) as Filter)
    } catch {
      setWrong(true)
    }
  }
  const copy = async (what: string) => {
    await navigator.clipboard.writeText(what)
    tell(t('do.copied'))
  }
  return (
    <div className="stack">
      <Textarea aria-label={t('segment.jsonTitle')} classNames={{ input: 'mono' }} autosize minRows={6} maxRows={18} value={text} readOnly={!take} error={wrong && t('segment.jsonWrong')} onChange={(event) => setText(event.currentTarget.value)} />
      <div className="row">
        <Button onClick={() => void copy(text)}>{t('do.copy')}</Button>
        <Button onClick={() => void copy(curl)}>{t('segment.curl')}</Button>
        <span className="grow" />
        {take && (
          <Button variant="filled" onClick={use}>
            {t('segment.take')}
          </Button>
        )}
      </div>
    </div>
  )
}

function Why({ filter }: { filter: Filter }) {
  const { t, maybe } = useSpeech()
  const [customer, setCustomer] = useState('')
  const asking = useMutation({ mutationFn: () => audience.explain(filter, customer.trim()) })
  const it = asking.data
  return (
    <div className="stack">
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault()
          asking.mutate()
        }}
      >
        <TextInput className="grow" data-autofocus aria-label={t('segment.guestId')} placeholder={t('segment.guestId')} required value={customer} onChange={(event) => setCustomer(event.currentTarget.value)} />
        <Button type="submit" loading={asking.isPending}>
          {t('segment.why')}
        </Button>
      </form>
      {asking.isError && <p className="notice is-warn" role="alert">{isRefusal(asking.error) ? asking.error.message || t('state.failedAway') : t('state.failed')}</p>}
      {it && (
        <>
          <p className={`notice ${it.matches ? 'is-ok' : 'is-bad'}`} role="status">
            {it.matches ? <IconCheck aria-hidden /> : <IconX aria-hidden />}
            <span>
              {t(it.matches ? 'segment.isIn' : 'segment.isOut', { id: it.customer })}
              {it.matches && it.excluded && `, ${t('segment.butExcluded', { reason: maybe(`exclusion.${it.excluded}`, it.excluded) })}`}
            </span>
          </p>
          <ul className="explained">
            <Explained clause={it.filter} />
          </ul>
          {it.channels.length > 0 && <p className="muted">{t('segment.reachedBy', { channels: it.channels.map((channel) => maybe(`channel.${channel}`, channel)).join(', ') })}</p>}
        </>
      )}
    </div>
  )
}

function Explained({ clause }: { clause: Clause }) {
  return (
    <li>
      <span className="row">
        {clause.holds ? <IconCheck className="is-ok-mark" role="img" aria-label="+" /> : <IconX className="is-bad-mark" role="img" aria-label="−" />}
        <span>
          {clause.clause}
          {clause.fact && <span className="muted">: {clause.fact}</span>}
        </span>
      </span>
      {clause.parts && (
        <ul>
          {clause.parts.map((part, at) => (
            <Explained key={at} clause={part} />
          ))}
        </ul>
      )}
    </li>
  )
}
