import type { Channel } from '../api/shapes'
import { useSpeech } from '../words/speech'

/** A content as `preview` renders it for one guest. */
export interface Rendered {
  title?: string
  body?: string
  text?: string
  image?: string | null
  parts?: number
  encoding?: string
  error?: string
  template?: { name: string; parameters?: string[] }
  button?: { title: string } | null
}

/** How a phone shows a message. Its colours are the phone's, in both themes. */
export function Phone({ channel, it }: { channel: Channel; it: Rendered }) {
  const { t } = useSpeech()
  if (it.error) return <p className="notice is-warn">{t('preview.failed', { why: it.error })}</p>
  if (channel === 'push')
    return (
      <>
        <p className="phone-label">iOS</p>
        <Push it={it} />
        <p className="phone-label">Android</p>
        <Push it={it} android />
      </>
    )
  if (channel === 'web_push') return <Push it={it} android />
  if (channel === 'sms') return <Sms it={it} />
  return (
    <div className="phone-chat">
      {it.image && <p className="picture">{t('preview.image', { url: it.image })}</p>}
      {it.template && (
        <p>
          <b>{t('preview.template', { name: it.template.name })}</b>
          {(it.template.parameters ?? []).map((value, at) => (
            <span key={at}>
              <br />
              {`{{${at + 1}}} ${value}`}
            </span>
          ))}
        </p>
      )}
      {it.text !== undefined && <p>{it.text}</p>}
      {it.button && <p className="phone-button">{it.button.title}</p>}
    </div>
  )
}

function Push({ it, android }: { it: Rendered; android?: boolean }) {
  const { t } = useSpeech()
  return (
    <div className={android ? 'phone-push is-android' : 'phone-push'}>
      <header>
        <span className="app-mark" aria-hidden />
        <time>{t('preview.now')}</time>
      </header>
      <b>{it.title}</b>
      {it.body}
      {it.image && <span className="picture">{t('preview.image', { url: it.image })}</span>}
    </div>
  )
}

function Sms({ it }: { it: Rendered }) {
  const { t } = useSpeech()
  const parts = it.parts ?? 1
  return (
    <>
      <div className="phone-sms">
        <p className="bubble">{it.text}</p>
      </div>
      <p className="parts strong">{t('preview.parts', { characters: t('count.characters', { n: [...(it.text ?? '')].length }), parts: t('count.parts', { n: parts }) })}</p>
    </>
  )
}
