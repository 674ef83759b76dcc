import { ActionIcon, Button, Menu, NumberInput, Select, Tabs, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconArrowLeft, IconArrowRight, IconCheck, IconMinus, IconPlus, IconTrash } from '@tabler/icons-react'
import type { Fault } from '../api/refusal'
import { CHANNELS, type Channel, type Chat, type Contents, type MailingFile, type Notice, type Step } from '../api/shapes'
import { firstWords } from '../mailings/draft'
import { ChannelMark } from '../parts/marks'
import type { Key } from '../words'
import { useSpeech } from '../words/speech'
import { advice } from './chips'
import { TextField } from './TextField'

interface Props {
  file: MailingFile
  put: (part: Partial<MailingFile>) => void
  channel: Channel | null
  choose: (channel: Channel) => void
  readOnly: boolean
  faults: Fault[]
}

const SUCCESS = ['opened', 'read', 'delivered', 'accepted'] as const
const isNotice = (channel: Channel) => channel === 'push' || channel === 'web_push'

/** What is said on each channel, in the order in which they follow each other. */
export function What({ file, put, channel, choose, readOnly, faults }: Props) {
  const { t, language } = useSpeech()
  const absent = CHANNELS.filter((it) => !file.waterfall.some((step) => step.channel === it))
  const at = (place: string) => faults.find((it) => it.place === place)?.problem
  const add = (it: Channel) => {
    put({ waterfall: [...file.waterfall, { channel: it, wait_minutes: 120, success: 'opened' }], contents: { ...file.contents, [it]: file.contents[it] ?? firstWords(it, language) } })
    choose(it)
  }
  return (
    <>
      <Tabs value={channel} onChange={(it) => it && choose(it as Channel)} keepMounted={false}>
        <div className="tab-row">
          <Tabs.List aria-label={t('what.channel')}>
            {file.waterfall.map((step) => (
              <Tabs.Tab key={step.channel} value={step.channel}>
                <ChannelMark channel={step.channel} />
                {faults.some((it) => it.place.startsWith(`contents.${step.channel}`)) && <IconAlertTriangle className="is-bad-mark" role="img" aria-label={t('total.error')} />}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {!readOnly && absent.length > 0 && (
            <Menu withinPortal>
              <Menu.Target>
                <Button variant="subtle" size="compact-sm" leftSection={<IconPlus />}>
                  {t('what.add')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {absent.map((it) => (
                  <Menu.Item key={it} onClick={() => add(it)}>
                    <ChannelMark channel={it} />
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
        </div>
        {file.waterfall.map((step, place) => (
          <Tabs.Panel key={step.channel} value={step.channel}>
            <div className="edit">
              <div className="stack">
                <ChannelText channel={step.channel} contents={file.contents} put={(contents) => put({ contents })} readOnly={readOnly} at={at} />
                <StepFields file={file} step={step} place={place} put={put} choose={choose} readOnly={readOnly} />
              </div>
              <Advice channel={step.channel} contents={file.contents} />
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
      <div className="fields">
        <TextInput label={t('what.link')} description={t('what.linkWhy')} placeholder="https://" value={file.link ?? ''} readOnly={readOnly} error={at('link')} onChange={(event) => put({ link: event.currentTarget.value || undefined } as Partial<MailingFile>)} />
        <TextInput label={t('what.promo')} description={t('what.promoWhy')} value={file.target_promo ?? ''} readOnly={readOnly} error={at('target_promo')} onChange={(event) => put({ target_promo: event.currentTarget.value || undefined } as Partial<MailingFile>)} />
      </div>
    </>
  )
}

function ChannelText({ channel, contents, put, readOnly, at }: { channel: Channel; contents: Contents; put: (contents: Contents) => void; readOnly: boolean; at: (place: string) => string | undefined }) {
  const { t } = useSpeech()
  const own = contents[channel] ?? {}
  const change = (part: Partial<Notice & Chat>) => put({ ...contents, [channel]: { ...own, ...part } })
  const place = `contents.${channel}`
  if (isNotice(channel)) {
    const notice = own as Notice
    return (
      <>
        <TextField single label={t('what.pushTitle')} value={notice.title ?? ''} readOnly={readOnly} error={at(`${place}.title`)} change={(title) => change({ title })} />
        <TextField label={t('what.pushBody')} value={notice.body ?? ''} readOnly={readOnly} error={at(`${place}.body`)} change={(body) => change({ body })} />
        <TextInput label={t('what.image')} placeholder="https://" value={notice.image ?? ''} readOnly={readOnly} error={at(`${place}.image`)} onChange={(event) => change({ image: event.currentTarget.value || undefined } as Partial<Notice>)} />
      </>
    )
  }
  const chat = own as Chat
  return (
    <>
      {chat.text !== undefined && (
        <TextField withLink label={t('what.text', { channel: t(`channel.${channel}`) })} value={chat.text} readOnly={readOnly} error={at(`${place}.text`) ?? at(place)} change={(text) => change({ text })} />
      )}
      {(chat.template !== undefined || chat.media !== undefined) && <p className="notice is-info">{t('what.template')}</p>}
    </>
  )
}

function StepFields({ file, step, place, put, choose, readOnly }: { file: MailingFile; step: Step; place: number; put: Props['put']; choose: (channel: Channel) => void; readOnly: boolean }) {
  const { t } = useSpeech()
  const isLast = place === file.waterfall.length - 1
  const change = (part: Partial<Step>) => put({ waterfall: file.waterfall.map((it) => (it === step ? { ...it, ...part } : it)) })
  const shift = (by: -1 | 1) => {
    const waterfall = file.waterfall.filter((it) => it !== step)
    waterfall.splice(place + by, 0, step)
    put({ waterfall })
  }
  const remove = () => {
    const { [step.channel]: _, ...contents } = file.contents
    const waterfall = file.waterfall.filter((it) => it !== step)
    put({ waterfall, contents })
    if (waterfall[0]) choose(waterfall[0].channel)
  }
  return (
    <div className="step-fields">
      {!isLast && (
        <>
          <Select label={t('what.next')} value={step.success ?? 'opened'} disabled={readOnly} allowDeselect={false} data={SUCCESS.map((it) => ({ value: it, label: t(`what.success.${it}`) }))} onChange={(it) => change({ success: (it ?? 'opened') as NonNullable<Step['success']> })} />
          <NumberInput label={t('what.within')} value={step.wait_minutes ?? 120} min={1} hideControls disabled={readOnly} onChange={(it) => change({ wait_minutes: Number(it) || 1 })} />
        </>
      )}
      {!readOnly && file.waterfall.length > 1 && (
        <span className="row">
          <ActionIcon aria-label={t('what.earlier')} disabled={place === 0} onClick={() => shift(-1)}>
            <IconArrowLeft />
          </ActionIcon>
          <ActionIcon aria-label={t('what.later')} disabled={isLast} onClick={() => shift(1)}>
            <IconArrowRight />
          </ActionIcon>
          <ActionIcon aria-label={t('what.removeChannel')} onClick={remove}>
            <IconTrash />
          </ActionIcon>
        </span>
      )}
    </div>
  )
}

function Advice({ channel, contents }: { channel: Channel; contents: Contents }) {
  const { t } = useSpeech()
  const own = contents[channel] as Partial<Notice & Chat> | undefined
  const rules = advice(channel, own?.text ?? [own?.title, own?.body].filter(Boolean).join(' '))
  const good = rules.filter(([, holds]) => holds).length
  return (
    <div className="advice">
      <h3>{t('advice.title', { channel: t(`channel.${channel}`), good, all: rules.length })}</h3>
      <ul>
        {rules.map(([rule, holds]) => (
          <li key={rule}>
            {holds ? <IconCheck className="is-ok-mark" role="img" aria-label={t('advice.done')} /> : <IconMinus role="img" aria-label={t('advice.open')} />}
            {t(rule as Key)}
          </li>
        ))}
      </ul>
    </div>
  )
}
