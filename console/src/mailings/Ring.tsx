import { useSpeech } from '../words/speech'
import { arcs, sentOf } from './ring'

const RADIUS = 61
const ROUND = 2 * Math.PI * RADIUS

/** Planned messages by what became of them; each is in one slice. */
export function Ring({ byState }: { byState: Record<string, number> }) {
  const { t, number, share } = useSpeech()
  const slices = arcs(byState)
  const whole = slices.reduce((all, it) => all + it.n, 0)
  return (
    <div className="card-body now">
      <div className="ring">
        <svg viewBox="0 0 136 136" width="136" height="136" role="img" aria-label={slices.map((it) => `${t(`ring.${it.slice}`)}: ${number(it.n)}`).join(', ') || `${t('ring.waiting')}: 0`}>
          <circle cx="68" cy="68" r={RADIUS} className="k-none" />
          {slices.map((it) => (
            <circle
              key={it.slice}
              cx="68"
              cy="68"
              r={RADIUS}
              className={`k-${it.slice}`}
              strokeDasharray={`${Math.max(0, it.share * ROUND - 1)} ${ROUND}`}
              strokeDashoffset={-it.from * ROUND}
            />
          ))}
        </svg>
        <p>
          <strong>{share(sentOf(byState), whole)}</strong>
          <span className="small muted">{t('run.sentShare')}</span>
        </p>
      </div>
      <dl className="states">
        {slices.map((it) => (
          <div key={it.slice}>
            <span className={`mark k-${it.slice}`} aria-hidden />
            <dt>{t(`ring.${it.slice}`)}</dt>
            <dd>{number(it.n)}</dd>
            <dd>{share(it.n, whole)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
