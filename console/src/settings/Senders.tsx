import { Button, Modal, TextInput } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../api/client'
import { Card } from '../parts/marks'
import { tell, tellRefusal } from '../parts/notify'
import { Empty, Page, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { Review } from './Review'
import { textOf, withKey, type Section } from './senderForm'
import { useSection } from './useSection'

export function Senders() {
  const { t } = useSpeech()
  const asked = useQuery({ queryKey: ['settings', 'all'], queryFn: () => ask<{ settings: Section[] }>('GET', 'v1/settings') })
  return (
    <Page title={t('senders.title')}>
      <Told query={asked}>
        {({ settings }) => {
          const senders = settings.filter((it) => it.setting === 'sender')
          if (senders.length === 0)
            return (
              <section className="card">
                <Empty title={t('senders.none')} why={t('senders.noneWhy')} />
              </section>
            )
          return (
            <div className="cards">
              {senders.map((it) => (
                <Sender key={it.sender} section={it} />
              ))}
            </div>
          )
        }}
      </Told>
    </Page>
  )
}

interface State {
  paused: boolean
  reason?: string | null
}

function Sender({ section }: { section: Section }) {
  const speech = useSpeech()
  const { t } = speech
  const name = section.sender ?? ''
  const path = encodeURIComponent(name)
  const [editing, setEditing] = useState<string | null>(null)
  const [pausing, setPausing] = useState(false)
  const [reason, setReason] = useState('')
  const [state, setState] = useState<State | null>(null)
  const { plan, faults, reviewing, saving, close } = useSection(`v1/settings/senders/${path}`, section.version)
  const turning = useMutation({
    mutationFn: (way: 'pause' | 'resume') => ask<State>('POST', `v1/senders/${path}/${way}`, way === 'pause' ? { reason: reason.trim() } : undefined),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: (it) => {
      setState(it)
      setPausing(false)
      if (!it.paused) tell(t('senders.goes'))
    },
  })
  const rate = textOf(section.document['rate'])
  return (
    <Card title={name}>
      <div className="card-body stack">
        <dl className="definition">
          <dt>{t('senders.provider')}</dt>
          <dd>{textOf(section.document['provider'])}</dd>
          <dt>{t('senders.rate')}</dt>
          <dd>{rate || t('senders.noRate')}</dd>
          {section.document['pool'] !== undefined && (
            <>
              <dt>{t('senders.pool')}</dt>
              <dd>{textOf(section.document['pool'])}</dd>
            </>
          )}
        </dl>
        {state?.paused && <p className="notice is-warn">{t('senders.stopped', { reason: state.reason ?? '' })}</p>}
        <div className="row wrap">
          <Button size="xs" onClick={() => setEditing(rate)}>
            {t('senders.edit')}
          </Button>
          <Button size="xs" leftSection={<IconPlayerPause />} onClick={() => setPausing(true)}>
            {t('senders.pause')}
          </Button>
          <Button size="xs" leftSection={<IconPlayerPlay />} loading={turning.isPending && !pausing} onClick={() => turning.mutate('resume')}>
            {t('senders.resume')}
          </Button>
        </div>
      </div>
      <Modal opened={editing !== null && plan === null} onClose={() => setEditing(null)} title={`${name}: ${t('senders.edit')}`} closeButtonProps={{ 'aria-label': t('do.close') }}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            reviewing.mutate(withKey(section.document, 'rate', editing ?? ''))
          }}
        >
          <TextInput data-autofocus label={t('senders.rate')} description={t('senders.rateWhy')} error={faults[0]?.problem} value={editing ?? ''} onChange={(event) => setEditing(event.currentTarget.value)} />
          <Button type="submit" variant="filled" loading={reviewing.isPending}>
            {t('settings.review')}
          </Button>
        </form>
      </Modal>
      <Review
        plan={plan}
        close={close}
        saving={saving.isPending}
        save={() => {
          setEditing(null)
          saving.mutate()
        }}
      />
      <Modal opened={pausing} onClose={() => setPausing(false)} title={`${name}: ${t('senders.pause')}`} closeButtonProps={{ 'aria-label': t('do.close') }}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            turning.mutate('pause')
          }}
        >
          <p>{t('senders.pauseWhat')}</p>
          <TextInput data-autofocus required label={t('senders.pauseReason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <Button type="submit" variant="filled" color="accent" loading={turning.isPending}>
            {t('senders.pause')}
          </Button>
        </form>
      </Modal>
    </Card>
  )
}
