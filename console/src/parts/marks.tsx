import {
  IconBrandTelegram, IconBrandWhatsapp, IconCheck, IconClock, IconDeviceMobile, IconMessage, IconMessageCircle, IconPencil, IconPlayerPause,
  IconPlayerPlay, IconBan, IconWorld, type Icon,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from '@tanstack/react-router'
import type { Channel, Filter, MailingState } from '../api/shapes'
import { useSpeech } from '../words/speech'

const STATE: Record<MailingState, [Icon, string]> = {
  draft: [IconPencil, ''],
  scheduled: [IconClock, 'is-info'],
  running: [IconPlayerPlay, 'is-brand'],
  paused: [IconPlayerPause, 'is-warn'],
  finished: [IconCheck, 'is-ok'],
  cancelled: [IconBan, ''],
}

/** A mailing's state: an icon, a word and a colour. */
export function StateBadge({ state }: { state: MailingState }) {
  const { t } = useSpeech()
  const [Mark, tone] = STATE[state]
  return (
    <span className={`badge ${tone}`}>
      <Mark aria-hidden />
      {t(`state.${state}`)}
    </span>
  )
}

const CHANNEL: Record<Channel, [Icon, string]> = {
  push: [IconDeviceMobile, 'is-push'],
  web_push: [IconWorld, 'is-web-push'],
  whatsapp: [IconBrandWhatsapp, 'is-whatsapp'],
  sms: [IconMessage, 'is-sms'],
  telegram: [IconBrandTelegram, 'is-telegram'],
  max: [IconMessageCircle, 'is-max'],
}

export const channelTone = (channel: Channel): string => CHANNEL[channel][1]

export function ChannelMark({ channel, children }: { channel: Channel; children?: ReactNode }) {
  const { t } = useSpeech()
  const [Mark, tone] = CHANNEL[channel]
  return (
    <span className={`channel ${tone}`}>
      <Mark aria-hidden />
      {t(`channel.${channel}`)}
      {children}
    </span>
  )
}

/** A count that opens the guests behind it. */
export function Opens({ filter, n, name }: { filter: Filter; n: number; name?: string }) {
  const { number } = useSpeech()
  return (
    <Link className="opens" to="/segments" search={{ filter: JSON.stringify(filter) }} aria-label={name ? `${name}: ${number(n)}` : undefined}>
      {number(n)}
    </Link>
  )
}

/** A bar of shares of a whole; what is not covered stays grey. */
export function Bar({ parts, label }: { parts: { share: number; tone?: string }[]; label?: string }) {
  return (
    <div className="bar" {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}>
      {parts.map((part, at) => (
        <i key={at} className={part.tone} style={{ width: `${Math.max(0, Math.min(1, part.share)) * 100}%` }} />
      ))}
    </div>
  )
}

export function Figure({ label, help, value, note }: { label: string; help?: string; value: ReactNode; note?: ReactNode }) {
  return (
    <dl className="stat">
      <dt title={help} className={help ? 'has-help' : undefined}>
        {label}
      </dt>
      <dd>{value}</dd>
      {note !== undefined && <dd>{note}</dd>}
    </dl>
  )
}

export const Card = ({ title, aside, children, id, className }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; id?: string; className?: string }) => (
  <section className={`card ${className ?? ''}`} id={id} {...(className?.includes('wide-table') ? { tabIndex: 0 } : {})} {...(typeof title === 'string' ? { 'aria-label': title } : {})}>
    {(title || aside) && (
      <div className="card-head">
        <h2 className="grow">{title}</h2>
        {aside}
      </div>
    )}
    {children}
  </section>
)
