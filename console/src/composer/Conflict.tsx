import { Button } from '@mantine/core'
import { useSpeech } from '../words/speech'
import { differences, disputed } from './merge'

const told = (it: unknown): string => (it === undefined ? '–' : typeof it === 'string' ? it : JSON.stringify(it))

/** Somebody else saved first: what they changed, place by place, and what may be done. */
export function Conflict({ base, mine, theirs, settle }: { base: unknown; mine: unknown; theirs: unknown; settle: (way: 'merge' | 'take') => void }) {
  const { t } = useSpeech()
  const changes = differences(base, theirs)
  const both = disputed(base, mine, theirs)
  return (
    <section className="card conflict" role="alert" aria-label={t('conflict.title')}>
      <div className="card-head">
        <h2>{t('conflict.title')}</h2>
      </div>
      <div className="card-body stack">
        <h3>{t('conflict.theirs')}</h3>
        <ul>
          {changes.map((it) => (
            <li key={it.place}>
              <b className="mono">{it.place}</b> {both.includes(it.place) && <span className="badge is-warn">{t('conflict.both')}</span>}
              <p className="muted">{t('conflict.was', { value: told(it.before) })}</p>
              <p>{t('conflict.now', { value: told(it.after) })}</p>
            </li>
          ))}
        </ul>
        <div className="row wrap">
          <Button variant="filled" onClick={() => settle('merge')}>
            {both.length > 0 ? t('conflict.mergeMine') : t('conflict.merge')}
          </Button>
          <Button onClick={() => settle('take')}>{t('conflict.take')}</Button>
        </div>
      </div>
    </section>
  )
}
