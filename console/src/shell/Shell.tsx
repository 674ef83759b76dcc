import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { IconBellRinging, IconChevronDown, IconHelpCircle, IconLanguage, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Person } from '../api/shapes'
import { may, useLeaving } from '../session/session'
import { useSpeech } from '../words/speech'
import { Help } from './Help'
import { Palette } from './Palette'
import { PLACES } from './places'
import { useShortcuts } from './shortcuts'

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter((word, at) => at === 0 || word.length > 2)
    .map((word) => word[0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase()

export function Shell({ person }: { person: Person }) {
  const { t } = useSpeech()
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const go = useNavigate()
  const network = useNetwork()
  useShortcuts({ search: () => setPalette(true), help: () => setHelp(true), go: (to) => void go({ to }) })
  const places = PLACES.filter((place) => may(person, place.right))
  return (
    <div className="app">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <nav className="nav" aria-label={t('nav.label')}>
        <Link className="nav-brand" to="/">
          <IconBellRinging className="is-large" aria-hidden />
          <span>Bellhop</span>
        </Link>
        <ul>
          {places.map(({ to, word, icon: Mark, phone }) => (
            <li key={to} className={`${phone ? 'on-phone' : ''} ${to === '/settings' ? 'at-end' : ''}`}>
              <Link to={to} activeProps={{ 'aria-current': 'page' }}>
                <Mark aria-hidden />
                <span>{t(word)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="main">
        <header className="topbar">
          <span className="org-switch">
            <span className="org-mark" aria-hidden>
              {initials(person.organisation.name)}
            </span>
            <span className="org-name">{person.organisation.name}</span>
          </span>
          <button className="search-button" type="button" onClick={() => setPalette(true)} aria-haspopup="dialog">
            <IconSearch aria-hidden />
            <span className="grow">{t('top.search')}</span>
            <kbd className="kbd desk-only" aria-hidden>
              /
            </kbd>
          </button>
          <div className="topbar-end">
            <ActionIcon className="desk-only" aria-label={t('top.keys')} onClick={() => setHelp(true)}>
              <IconHelpCircle className="is-large" />
            </ActionIcon>
            <Account person={person} />
          </div>
        </header>
        {!network.online && (
          <p className="offline" role="status">
            {t('top.offline')}
          </p>
        )}
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Palette opened={palette} close={() => setPalette(false)} places={places} />
      <Help opened={help} close={() => setHelp(false)} />
    </div>
  )
}

function Account({ person }: { person: Person }) {
  const { t, maybe, language, setLanguage } = useSpeech()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const leaving = useLeaving()
  const nextTheme = colorScheme === 'auto' ? 'dark' : colorScheme === 'dark' ? 'light' : 'auto'
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button className="user" type="button" aria-label={t('top.user', { name: person.name })}>
          <span className="avatar" aria-hidden>
            {initials(person.name)}
          </span>
          <span className="user-name" aria-hidden>
            {person.name}
          </span>
          <IconChevronDown aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {person.email}, {maybe(`role.${person.role}`, person.role)}
        </Menu.Label>
        <Menu.Item leftSection={<IconLanguage />} onClick={() => setLanguage(language === 'ru' ? 'en' : 'ru')}>
          {t('top.language')}
        </Menu.Item>
        <Menu.Item leftSection={nextTheme === 'light' ? <IconSun /> : <IconMoon />} onClick={() => setColorScheme(nextTheme)} closeMenuOnClick={false}>
          {t(`top.theme.${nextTheme}`)}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout />} onClick={() => leaving.mutate()}>
          {t('top.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
