import { IconChevronLeft } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Listed } from '../api/shapes'
import { StateBadge } from '../parts/marks'
import { Page } from '../parts/states'
import { useSpeech } from '../words/speech'

/** The head of a launched mailing: its name, its state, and its three sides. */
export function MailingFrame({ mailing, about, actions, children }: { mailing: Listed; about?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { t } = useSpeech()
  const params = { id: String(mailing.id) }
  return (
    <Page
      title={mailing.name}
      back={
        <Link className="back" to="/mailings" aria-label={t('mailings.title')}>
          <IconChevronLeft aria-hidden />
        </Link>
      }
      sub={<StateBadge state={mailing.state} />}
      actions={actions}
    >
      <div className="head-about">
        {about}
        <nav className="sides" aria-label={mailing.name}>
          <Link to="/mailings/$id/progress" params={params} activeProps={{ 'aria-current': 'page' }}>
            {t('run.progress')}
          </Link>
          <Link to="/mailings/$id/statistics" params={params} activeProps={{ 'aria-current': 'page' }}>
            {t('run.statistics')}
          </Link>
          <Link to="/mailings/$id/edit" params={params} activeProps={{ 'aria-current': 'page' }}>
            {t('run.text')}
          </Link>
        </nav>
      </div>
      {children}
    </Page>
  )
}
