import { IconAntenna, IconBolt, IconChartBar, IconFileUpload, IconFilter, IconHistory, IconKey, IconLayoutNavbar, IconSend, IconSettings, IconTicket, IconUsers, IconUsersGroup, IconWebhook, type Icon } from '@tabler/icons-react'
import type { Key } from '../words'

export interface Place {
  to: string
  word: Key
  icon: Icon
  phone?: boolean
  /** The right without which there is nothing to see. */
  right: string
}

/** Where one may go, in the order of the navigation. */
export const PLACES: Place[] = [
  { to: '/mailings', word: 'nav.mailings', icon: IconSend, phone: true, right: 'mailings_read' },
  { to: '/programs', word: 'nav.programs', icon: IconBolt, right: 'mailings_read' },
  { to: '/guests', word: 'nav.guests', icon: IconUsers, phone: true, right: 'guests_read' },
  { to: '/segments', word: 'nav.segments', icon: IconFilter, phone: true, right: 'guests_read' },
  { to: '/import', word: 'nav.import', icon: IconFileUpload, right: 'import' },
  { to: '/promo-codes', word: 'nav.promos', icon: IconTicket, right: 'mailings_read' },
  { to: '/landings', word: 'nav.landings', icon: IconLayoutNavbar, right: 'mailings_read' },
  { to: '/reports', word: 'nav.reports', icon: IconChartBar, right: 'statistics' },
  { to: '/senders', word: 'nav.senders', icon: IconAntenna, right: 'settings' },
  { to: '/people', word: 'nav.people', icon: IconUsersGroup, right: 'people' },
  { to: '/keys', word: 'nav.keys', icon: IconKey, right: 'keys' },
  { to: '/webhooks', word: 'nav.webhooks', icon: IconWebhook, right: 'settings' },
  { to: '/audit', word: 'nav.audit', icon: IconHistory, right: 'audit' },
  { to: '/settings', word: 'nav.settings', icon: IconSettings, phone: true, right: 'settings' },
]
