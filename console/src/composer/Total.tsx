import { IconAlertTriangle, IconCircleX } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { mailings } from '../api/ask'
import { CHANNELS, type Filter, type Finding, type Mailing, type Report } from '../api/shapes'
import { ChannelMark, channelTone, Opens } from '../parts/marks'
import { useCount } from '../segment/counts'
import { useSpeech } from '../words/speech'
import { useMay } from '../session/session'
import { Approvals } from './Approvals'
import { Launch } from './Launch'
import { Trial } from './Trial'
import type { Draft } from './useDraft'
import type { Start } from './schedule'

interface Props {
  mailing: Mailing
  draft: Draft
  filter: Filter
  start: Start
  goTo: (place: string) => void
  readOnly: boolean
}

/** The consequence, beside what is edited: who gets it, who does not and why, what it takes, and what is wrong. */
export function Total({ mailing, draft, filter, start, goTo, readOnly }: Props) {
  const { t, number, when, maybe, because, time } = useSpeech()
  const may = useMay()
  const counted = useCount(filter)
  const saved = draft.saving === 'saved'
  const checked = useQuery({
    queryKey: ['check', mailing.id, draft.version],
    queryFn: () => mailings.check(mailing.id),
    enabled: saved,
    placeholderData: keepPreviousData,
    retry: false,
    refetchInterval: 60_000,
  })
  const report = checked.data
  const errors = report?.problems.filter((it) => it.severity === 'error') ?? []
  const foreseen = useQuery({
    queryKey: ['forecast', mailing.id, draft.version],
    queryFn: () => mailings.forecast(mailing.id),
    enabled: saved && report !== undefined && errors.length === 0,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const audience = report?.audience
  const get = audience?.leaving ?? counted.data?.reachable
  const notGet = Object.entries(audience?.excluded ?? counted.data?.excluded ?? {}).filter(([, n]) => n > 0)
  const unsent = Object.entries(audience?.not_sent ?? {})
  const channels = CHANNELS.filter((channel) => (audience?.leaving_by[channel] ?? 0) > 0)
  const held = foreseen.data?.channels.flatMap((row) => (row.held_back_by ? [`${t(`channel.${row.channel}`)}: ${row.held_back_by}`] : [])) ?? []
  const fresh = saved && !checked.isFetching && !counted.isFetching
  return (
    <aside className="total" aria-label={t('total.title')}>
      <div className="total-scroll" tabIndex={0} role="region" aria-label={t('total.title')}>
        <section aria-live="polite" aria-busy={!fresh}>
          <h2 className="row">
            <span className="grow">{t('total.title')}</span>
            <span className="small muted">{fresh && counted.data ? t('segment.asOf', { time: time(counted.data.as_of) }) : t('total.wait')}</span>
          </h2>
          <p className="gets">
            <strong>{get === undefined ? '…' : <Opens n={get} filter={filter} name={t('total.title')} />}</strong>
            <span className="muted">{t('total.get', { n: counted.data ? number(counted.data.count) : '…' })}</span>
          </p>
          {audience && (
            <>
              <div className="share" aria-hidden>
                {channels.map((channel) => (
                  <i key={channel} className={channelTone(channel)} style={{ width: `${((audience.leaving_by[channel] ?? 0) / Math.max(1, audience.leaving)) * 100}%` }} />
                ))}
              </div>
              <dl className="sum">
                {channels.map((channel) => (
                  <div key={channel} className="contents">
                    <dt>
                      <ChannelMark channel={channel} />
                    </dt>
                    <dd>{number(audience.leaving_by[channel] ?? 0)}</dd>
                  </div>
                ))}
              </dl>
            </>
          )}
        </section>
        {notGet.length > 0 && (
          <section>
            <h3>
              {t('total.notGet')} <span>{number(notGet.reduce((all, [, n]) => all + n, 0))}</span>
            </h3>
            <dl className="sum small">
              {notGet.map(([reason, n]) => (
                <div key={reason} className="contents">
                  <dt>{maybe(`exclusion.${reason}`, reason)}</dt>
                  <dd>{number(n)}</dd>
                </div>
              ))}
            </dl>
          </section>
        )}
        {unsent.length > 0 && (
          <section>
            <h3>
              {t('total.notSent')} <span>{number(unsent.reduce((all, [, it]) => all + it.messages, 0))}</span>
            </h3>
            <dl className="sum small">
              {unsent.map(([reason, it]) => (
                <div key={reason} className="contents">
                  <dt>{because(reason)}</dt>
                  <dd>{number(it.messages)}</dd>
                </div>
              ))}
            </dl>
          </section>
        )}
        {audience && <Parts parts={audience.sms_parts} />}
        {foreseen.data && errors.length === 0 && (
          <section>
            <h3>
              {t('total.ends')} <span>{foreseen.data.finish ? when(foreseen.data.finish) : '–'}</span>
            </h3>
            {held.length > 0 && <p className="small muted">{t('run.holds', { what: held.join('; ') })}</p>}
          </section>
        )}
        <Problems report={report} goTo={goTo} />
      </div>
      {!readOnly && (
        <div className="launch">
          {may('launch') && <Trial mailing={mailing.id} ready={saved && errors.length === 0} />}
          {may('launch') ? (
            <Launch mailing={mailing.id} get={audience?.leaving} ready={fresh && report !== undefined && errors.length === 0} hasErrors={errors.length > 0} start={start} />
          ) : (
            <p className="muted">{t('launch.forbidden')}</p>
          )}
          {may('launch') && saved && <Approvals mailing={mailing.id} version={draft.version} />}
        </div>
      )}
    </aside>
  )
}

function Parts({ parts }: { parts: Record<string, number> }) {
  const { t, number } = useSpeech()
  const rows = Object.entries(parts)
  if (rows.length === 0) return null
  const most = Math.max(...rows.map(([, n]) => n))
  const all = rows.reduce((sum, [count, n]) => sum + Number(count) * n, 0)
  return (
    <section>
      <h3>
        {t('total.sms')} <span>{t('count.parts', { n: all })}</span>
      </h3>
      <div className="hist">
        {rows.map(([count, n]) => (
          <div key={count} className="contents">
            <span>{t('count.parts', { n: Number(count) })}</span>
            <i style={{ width: `${(n / most) * 100}%` }} />
            <b>{number(n)}</b>
          </div>
        ))}
      </div>
    </section>
  )
}

function Problems({ report, goTo }: { report: Report | undefined; goTo: (place: string) => void }) {
  const { t } = useSpeech()
  if (!report) return null
  return (
    <section>
      <h3>{t('total.check')}</h3>
      {report.problems.length === 0 && <p className="muted">{t('total.fine')}</p>}
      <ul className="warns">
        {report.problems.map((it: Finding) => (
          <li key={it.place + it.code + it.problem} className={it.severity === 'error' ? 'is-error' : undefined}>
            {it.severity === 'error' ? <IconCircleX role="img" aria-label={t('total.error')} /> : <IconAlertTriangle role="img" aria-label={t('total.warning')} />}
            <span>
              {it.problem}{' '}
              <button type="button" className="link" onClick={() => goTo(it.place)}>
                {t('total.toField')}
                <span className="hidden-visually"> {it.place}</span>
              </button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
