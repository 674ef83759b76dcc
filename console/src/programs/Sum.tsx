import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCircleX, IconDeviceFloppy } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CHANNELS } from '../api/shapes'
import { ChannelMark } from '../parts/marks'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { programs, type Program } from './ask'
import { ranked } from './figures'
import { reasonSays, triggerSays } from './say'
import { Switch } from './Switch'
import type { useDefinition } from './useDefinition'

const WEEK = 7 * 86_400_000

/** The consequence beside what is edited: what fires, what the coming week would bring, what is wrong, save and switch. */
export function Sum({ program, draft, goTo }: { program: Program; draft: ReturnType<typeof useDefinition>; goTo: (place: string) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const may = useMay()
  const { definition, changed, saving } = draft
  const findings = [
    ...draft.problems,
    ...draft.faults.filter((fault) => !draft.problems.some((it) => it.place === fault.place && it.code === fault.code)).map((it) => ({ ...it, severity: 'error' })),
  ]
  return (
    <aside className="total" aria-label={t('total.title')}>
      <div className="total-scroll" tabIndex={0} role="region" aria-label={t('total.title')}>
        <section>
          <h2 className="row">
            <span className="grow">{t('total.title')}</span>
            <span className="small muted">{changed ? t('program.unsaved') : t('program.versionNow', { n: draft.version })}</span>
          </h2>
          <p className="sum-says">{triggerSays(definition, speech)}</p>
          <p className="about">
            {definition.waterfall.map((step) => (
              <ChannelMark key={step.channel} channel={step.channel} />
            ))}
          </p>
        </section>
        {may('mailings_read') && <NextWeek program={program} version={draft.version} />}
        <section>
          <h3>{t('total.check')}</h3>
          {findings.length === 0 && <p className="muted">{changed ? t('program.checkedWhenSaved') : t('total.fine')}</p>}
          <ul className="warns">
            {findings.map((it) => (
              <li key={it.place + it.code + it.problem} className={it.severity === 'error' ? 'is-error' : undefined}>
                {it.severity === 'error' ? <IconCircleX role="img" aria-label={t('total.error')} /> : <IconAlertTriangle role="img" aria-label={t('total.warning')} />}
                <span>
                  {it.problem}{' '}
                  {it.place && (
                    <button type="button" className="link" onClick={() => goTo(it.place)}>
                      {t('total.toField')}
                      <span className="hidden-visually"> {it.place}</span>
                    </button>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <div className="launch">
        {may('mailings') && changed && (
          <>
            <p>{program.state === 'off' ? t('program.saveOff') : t('program.saveOn')}</p>
            <div className="row">
              <Button onClick={draft.drop}>{t('program.drop')}</Button>
              <Button className="grow" variant="filled" leftSection={<IconDeviceFloppy />} loading={saving.isPending} disabled={draft.theirs !== null} onClick={() => saving.mutate(definition)}>
                {t('program.save')}
              </Button>
            </div>
          </>
        )}
        {may('launch') && !changed && (
          <>
            <p>{program.state === 'on' ? t('program.works') : t('program.stands')}</p>
            <Switch program={program} waiting={program.waiting} />
          </>
        )}
      </div>
    </aside>
  )
}

/** A rehearsal of the coming week, of the version that is kept. */
function NextWeek({ program, version }: { program: Program; version: number }) {
  const speech = useSpeech()
  const { t, number, money } = speech
  const asked = useQuery({
    queryKey: ['program', program.id, 'week', version],
    queryFn: () => programs.rehearse(program.id, new Date().toISOString(), new Date(Date.now() + WEEK).toISOString()),
    retry: false,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  })
  const it = asked.data
  if (asked.isError) return null
  const leaving = CHANNELS.filter((channel) => (it?.leaving[channel] ?? 0) > 0)
  const reasons = it ? ranked({ ...it.reasons, ...it.not_sent }) : []
  return (
    <section aria-live="polite" aria-busy={asked.isPending}>
      <h3>
        {t('program.nextWeek')}{' '}
        <Link className="link small" to="/programs/$id/rehearsal" params={{ id: String(program.id) }}>
          {t('program.rehearsal')}
        </Link>
      </h3>
      <p className="gets">
        <strong>{it ? number(leaving.reduce((all, channel) => all + (it.leaving[channel] ?? 0), 0)) : '…'}</strong>
        <span className="muted">{t('program.weekLeaves')}</span>
      </p>
      <dl className="sum small">
        {leaving.map((channel) => (
          <div key={channel} className="contents">
            <dt>
              <ChannelMark channel={channel} />
            </dt>
            <dd>{number(it?.leaving[channel] ?? 0)}</dd>
          </div>
        ))}
        {reasons.map(([reason, n]) => (
          <div key={reason} className="contents">
            <dt className="muted">{reasonSays(reason, speech)}</dt>
            <dd className="muted">{number(n)}</dd>
          </div>
        ))}
        {it?.cost && (
          <div className="contents">
            <dt>{t('program.wouldCost')}</dt>
            <dd>{money(it.cost)}</dd>
          </div>
        )}
      </dl>
      <p className="hint">{program.definition.trigger.event ? t('program.weekOfEvents') : t('program.weekOfDates')}</p>
    </section>
  )
}
