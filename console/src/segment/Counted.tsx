import { CHANNELS, type Filter } from '../api/shapes'
import { Bar, Card, ChannelMark, channelTone, Figure } from '../parts/marks'
import { Failure, Loading } from '../parts/states'
import { useSpeech } from '../words/speech'
import { useCount } from './counts'

/** Everything that is counted about a filter. */
export function Counted({ filter }: { filter: Filter }) {
  const { t, maybe, number, time } = useSpeech()
  const asked = useCount(filter)
  const it = asked.data
  if (!it) return <Card title={t('segment.count')}>{asked.isError ? <Failure error={asked.error} /> : <Loading rows={5} />}</Card>
  const channels = CHANNELS.filter((channel) => (it.by_channel[channel] ?? 0) > 0)
  const excluded = Object.entries(it.excluded).filter(([, n]) => n > 0)
  return (
    <Card title={t('segment.count')} aside={<span className="small muted">{t('segment.asOf', { time: time(it.as_of) })}</span>}>
      <div className="card-body stack" aria-live="polite" aria-busy={asked.isFetching}>
        {asked.isError && <Failure error={asked.error} />}
        <div className="row figures-pair">
          <Figure label={t('segment.count')} value={number(it.count)} />
          <Figure label={t('segment.reachable')} help={t('segment.reachableHelp')} value={number(it.reachable)} />
        </div>
        <h3 title={t('segment.byChannelHelp')}>{t('segment.byChannel')}</h3>
        <dl className="sum">
          {channels.map((channel) => (
            <div key={channel} className="contents">
              <dt>
                <ChannelMark channel={channel} />
                <span className={`bar-of ${channelTone(channel)}`}>
                  <Bar parts={[{ share: (it.by_channel[channel] ?? 0) / Math.max(1, it.count) }]} />
                </span>
              </dt>
              <dd>{number(it.by_channel[channel] ?? 0)}</dd>
            </div>
          ))}
        </dl>
        {excluded.length > 0 && (
          <>
            <h3>{t('segment.notReached')}</h3>
            <dl className="sum small">
              {excluded.map(([reason, n]) => (
                <div key={reason} className="contents">
                  <dt>{maybe(`exclusion.${reason}`, reason)}</dt>
                  <dd>{number(n)}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
        {(it.hints ?? []).map((hint) => (
          <p key={hint.code + hint.problem} className="notice is-warn">
            {hint.problem}
          </p>
        ))}
      </div>
    </Card>
  )
}
