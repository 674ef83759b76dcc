import { SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArrowRight } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { mailings } from '../api/ask'
import { isRefusal } from '../api/refusal'
import type { Channel, Filter, MailingFile, Step } from '../api/shapes'
import { ChannelMark } from '../parts/marks'
import { useSamples } from '../segment/Samples'
import { useSpeech } from '../words/speech'
import { Phone, type Rendered } from './Phone'

interface Props {
  mailing: number
  version: number
  saved: boolean
  file: MailingFile
  filter: Filter
}

/** What one guest would see, in the order of delivery. */
export function Previews({ mailing, version, saved, file, filter }: Props) {
  const { t } = useSpeech()
  const samples = useSamples(filter)
  const [chosen, setChosen] = useState<string | null>(null)
  const [typed, setTyped] = useState('')
  const [asked] = useDebouncedValue(typed.trim(), 400)
  const customer = asked || chosen || samples.data?.[0]?.customer
  const shown = useQuery({
    queryKey: ['preview', mailing, version, customer],
    queryFn: () => mailings.preview(mailing, [customer ?? '']),
    enabled: customer !== undefined && version > 0,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const contents = shown.data?.previews[0]?.contents
  const few = samples.data?.slice(0, 3) ?? []
  return (
    <div className="previews">
      <div className="previews-head">
        <h3 className="grow">{t('preview.title')}</h3>
        {few.length > 0 && (
          <SegmentedControl
            size="xs"
            aria-label={t('preview.guest')}
            value={asked ? '' : (chosen ?? few[0]?.customer ?? '')}
            onChange={(it) => {
              setTyped('')
              setChosen(it)
            }}
            data={few.map((guest) => ({ value: guest.customer, label: guest.name || guest.customer }))}
          />
        )}
        <TextInput size="xs" aria-label={t('preview.pick')} placeholder={t('preview.pick')} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      </div>
      {samples.data && customer === undefined ? (
        <p className="muted">{t('preview.nobody')}</p>
      ) : shown.isError ? (
        <p className="notice is-warn">{isRefusal(shown.error) ? (shown.error.faults[0]?.problem ?? shown.error.message) : t('state.failed')}</p>
      ) : !contents ? (
        <p className="muted">{saved ? t('state.loading') : t('preview.wait')}</p>
      ) : (
        <Steps steps={file.waterfall} contents={contents} brand={file.name} />
      )}
    </div>
  )
}

function Steps({ steps, contents }: { steps: Step[]; contents: Record<string, Record<string, unknown>>; brand: string }) {
  const { t } = useSpeech()
  return (
    <div className="steps">
      {steps.map((step, at) => {
        const rendered = contents[step.channel] as Rendered | undefined
        return (
          <section key={step.channel} className="step-of" aria-label={t(`channel.${step.channel}`)}>
            <h4 className="step-head">
              <ChannelMark channel={step.channel} />
            </h4>
            {rendered ? <Phone channel={step.channel as Channel} it={rendered} /> : <p className="muted">{t('preview.wait')}</p>}
            {at < steps.length - 1 && (
              <p className="then">
                <IconArrowRight aria-hidden /> {t('preview.then', { what: t(`what.success.${step.success ?? 'opened'}`), minutes: step.wait_minutes ?? 120 })}
              </p>
            )}
          </section>
        )
      })}
    </div>
  )
}
