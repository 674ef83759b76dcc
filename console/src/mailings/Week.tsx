import { ActionIcon } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Card } from '../parts/marks'
import { useSpeech } from '../words/speech'
import { useStarts } from './starts'
import { daysOf, startsOf } from './week'

/** What starts on which day of a week, by the organisation's clock. */
export function Week() {
  const { t, language, zone } = useSpeech()
  const [ahead, setAhead] = useState(0)
  const known = useStarts()
  const now = new Date()
  const today = daysOf(now, zone, 0)
  const days = daysOf(now, zone, ahead)
  const starts = startsOf(known.starts, days, zone)
  const say = (day: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
  const isToday = (day: string) => today.includes(day) && day === new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(now)
  const range = `${say(days[0] ?? '', { day: 'numeric', month: 'long' })} – ${say(days[6] ?? '', { day: 'numeric', month: 'long' })}`
  return (
    <Card
      title={t('week.title', { range })}
      className="week wide-table"
      aside={
        <span className="row">
          <Link className="link" to="/mailings/calendar">
            {t('calendar.month')}
          </Link>
          <ActionIcon aria-label={t('week.earlier')} onClick={() => setAhead(ahead - 1)}>
            <IconChevronLeft />
          </ActionIcon>
          <ActionIcon aria-label={t('week.later')} onClick={() => setAhead(ahead + 1)}>
            <IconChevronRight />
          </ActionIcon>
        </span>
      }
    >
      <table className="table">
        <thead>
          <tr>
            {days.map((day) => (
              <th key={day} scope="col" className={isToday(day) ? 'is-today' : undefined}>
                {say(day, { weekday: 'short', day: 'numeric' })} {isToday(day) && <small>{t('week.today')}</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {days.map((day) => (
              <td key={day} className={isToday(day) ? 'is-today' : undefined}>
                {starts.get(day)?.length === 0 && <span className="none">–</span>}
                {starts.get(day)?.map(({ mailing, time }) => (
                  <Link key={`${mailing.id} ${time}`} className="start" to="/mailings/$id" params={{ id: String(mailing.id) }}>
                    <time>{time}</time> {mailing.name}
                  </Link>
                ))}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </Card>
  )
}
