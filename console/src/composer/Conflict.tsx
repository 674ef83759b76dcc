import { Button } from '@mantine/core'
import type { Mailing } from '../api/shapes'
import { useSpeech } from '../words/speech'
import { differences, disputed } from './merge'
import type { Draft } from './useDraft'

const told = (it: unknown): string => (it === undefined ? '–' : typeof it === 'string' ? it : JSON.stringify(it))

/** Somebody else saved first: what they changed, place by place, and what may be done. */
export function Conflict({ draft, theirs }: { draft: Draft; theirs: Mailing }) {
  const { t } = useSpeech()
  const changes = differences(draft.base, theirs.file)
  const both = disputed(draft.base, draft.file, theirs.file)
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
          <Button variant="filled" onClick={() => draft.settle('merge')}>
            {both.length > 0 ? t('conflict.mergeMine') : t('conflict.merge')}
          </Button>
          <Button onClick={() => draft.settle('take')}>{t('conflict.take')}</Button>
        </div>
      </div>
    </section>
  )
}
