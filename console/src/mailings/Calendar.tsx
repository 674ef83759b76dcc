import { ActionIcon, Button } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { clockOf } from '../lib/format'
import { Page } from '../parts/states'
import { useSpeech } from '../words/speech'
import { useStarts } from './starts'
import { monthOf, startsOf } from './week'

/** What starts on which day of a month, by the organisation's clock. */
export function Calendar() {
  const { t, language, zone } = useSpeech()
  const [ahead, setAhead] = useState(0)
  const known = useStarts()
  const now = new Date()
  const today = clockOf(now, zone).date
  const { month, days } = monthOf(now, zone, ahead)
  const starts = startsOf(known.starts, days, zone)
  const say = (day: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7))
  const name = say(`${month}-01`, { month: 'long', year: 'numeric' })
  const none = !known.pending && days.every((day) => starts.get(day)?.length === 0)
  return (
    <Page
      title={t('calendar.title')}
      back={
        <Link className="back" to="/mailings" aria-label={t('mailings.title')}>
          <IconChevronLeft aria-hidden />
        </Link>
      }
      actions={
        <>
          {ahead !== 0 && <Button onClick={() => setAhead(0)}>{t('calendar.now')}</Button>}
          <ActionIcon variant="default" aria-label={t('calendar.earlier')} onClick={() => setAhead(ahead - 1)}>
            <IconChevronLeft />
          </ActionIcon>
          <ActionIcon variant="default" aria-label={t('calendar.later')} onClick={() => setAhead(ahead + 1)}>
            <IconChevronRight />
          </ActionIcon>
        </>
      }
    >
      <section className="card week month wide-table" tabIndex={0} aria-label={name}>
        <div className="card-head">
          <h2 className="grow" aria-live="polite">
            {name}
          </h2>
          {none && <span className="muted">{t('calendar.none')}</span>}
        </div>
        <table className="table">
          <thead>
            <tr>
              {weeks[0]?.map((day) => (
                <th key={day} scope="col">
                  {say(day, { weekday: 'short' })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeks.map((week) => (
              <tr key={week[0]}>
                {week.map((day) => (
                  <td key={day} className={day === today ? 'is-today' : day.startsWith(month) ? undefined : 'is-other'}>
                    <time className="day" dateTime={day}>
                      <span className="weekday">{say(day, { weekday: 'short' })}, </span>
                      {say(day, day.endsWith('-01') ? { day: 'numeric', month: 'short' } : { day: 'numeric' })} {day === today && <small>{t('week.today')}</small>}
                    </time>
                    {starts.get(day)?.map(({ mailing, time }) => (
                      <Link key={`${mailing.id} ${time}`} className="start" to="/mailings/$id" params={{ id: String(mailing.id) }} title={mailing.state === 'draft' ? t('calendar.bySchedule') : undefined}>
                        <time>{time}</time> {mailing.name}
                      </Link>
                    ))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Page>
  )
}
