import { IconAlertTriangle, IconClock, IconFlag } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { mailings } from '../api/ask'
import type { Forecast, Progress } from '../api/shapes'
import { Card, ChannelMark } from '../parts/marks'
import { useSpeech } from '../words/speech'

/** When it ends, and what holds it back. */
export function Ending({ mailing, run }: { mailing: number; run: Progress }) {
  const { t, when } = useSpeech()
  const over = run.finished_at ?? null
  const foreseen = useQuery({
    queryKey: ['forecast', mailing],
    queryFn: () => mailings.forecast(mailing),
    enabled: over === null && run.state !== 'cancelled',
    refetchInterval: 15_000,
    retry: false,
  })
  const rows = foreseen.data?.channels.filter((row) => row.messages > 0) ?? []
  return (
    <Card title={t('run.end')} className="wide-table">
      <p className="line">
        <IconFlag aria-hidden />
        <span>{over ? t('run.finishedAt', { when: when(over) }) : <Finish forecast={foreseen.data} />}</span>
      </p>
      {run.expires_at && (
        <p className="line">
          <IconClock aria-hidden />
          <span>{t('run.expiresAt', { when: when(run.expires_at) })}</span>
        </p>
      )}
      {rows.some((row) => row.expire > 0) && (
        <p className="line">
          <IconAlertTriangle aria-hidden />
          <span>{t('run.expire', { n: rows.reduce((all, row) => all + row.expire, 0) })}</span>
        </p>
      )}
      {rows.length > 0 && !over && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('run.channel')}</th>
              <th scope="col">{t('run.senders')}</th>
              <th scope="col" className="num">{t('run.waiting')}</th>
              <th scope="col" className="num">{t('run.finish')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.channel}>
                <th scope="row">
                  <ChannelMark channel={row.channel} />
                </th>
                <td>
                  {row.senders.join(', ')}
                  {row.held_back_by && <p className="hint">{t('run.holds', { what: row.held_back_by })}</p>}
                  {row.beside > 0 && <p className="hint">{t('run.beside', { n: row.beside })}</p>}
                </td>
                <td className="num">{t('count.messages', { n: row.messages })}</td>
                <td className="num">{row.finish ? when(row.finish) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}

function Finish({ forecast }: { forecast: Forecast | undefined }) {
  const { t, when } = useSpeech()
  if (!forecast) return <>{t('run.noForecast')}</>
  return <>{forecast.finish ? t('run.last', { when: when(forecast.finish) }) : t('run.never')}</>
}
