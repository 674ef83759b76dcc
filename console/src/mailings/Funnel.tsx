import type { Statistics } from '../api/shapes'
import { useSpeech } from '../words/speech'
import { slices } from './ring'

/** Guests who matched, step by step, and why some did not come further. */
export function Funnel({ it }: { it: Statistics }) {
  const { t, maybe, because, number, share } = useSpeech()
  const out = Object.entries(it.excluded).filter(([, n]) => n > 0)
  const excluded = out.reduce((all, [, n]) => all + n, 0)
  const stopped = it.reasons.filter((reason) => ['suppressed', 'failed', 'expired', 'cancelled'].includes(reason.state))
  const { stopped: notSent, failed } = slices(it.by_state)
  const steps: { name: string; n: number; before?: boolean; lost?: string }[] = [
    {
      name: t('stats.fitted'),
      n: it.planned + excluded,
      before: true,
      ...(excluded > 0 ? { lost: t('stats.leftOut', { n: excluded, why: out.map(([reason, n]) => `${maybe(`exclusion.${reason}`, reason).toLowerCase()} ${number(n)}`).join(', ') }) } : {}),
    },
    {
      name: t('stats.planned'),
      n: it.planned,
      before: true,
      ...(notSent + failed > 0 ? { lost: t('stats.notSent', { n: notSent + failed, why: stopped.map((reason) => `${because(reason.reason)} ${number(reason.messages)}`).join(', ') || '–' }) } : {}),
    },
    { name: t('stats.sent'), n: it.guests_reached },
    { name: t('stats.opened'), n: it.opened },
    { name: t('stats.ordered'), n: it.buyers },
  ]
  const most = Math.max(1, ...steps.map((step) => step.n))
  return (
    <ol className="funnel">
      {steps.map((step) => (
        <li key={step.name} className={step.before ? 'before' : undefined}>
          <span>{step.name}</span>
          <span className="step" style={{ width: `${(step.n / most) * 100}%` }} />
          <span className="count">{number(step.n)}</span>
          <span className="share">{step.before ? '' : share(step.n, it.guests_reached)}</span>
          {step.lost && <span className="lost">{step.lost}</span>}
        </li>
      ))}
    </ol>
  )
}
