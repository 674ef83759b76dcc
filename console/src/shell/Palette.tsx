import { Modal, TextInput } from '@mantine/core'
import { IconBolt, IconPlus, IconSearch, IconSend, IconUser } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { mailings } from '../api/ask'
import { fits } from '../lib/fits'
import { programs } from '../programs/ask'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import type { Place } from './places'

interface Choice {
  key: string
  words: string
  icon: ReactNode
  to: string
}

export function Palette({ opened, close, places }: { opened: boolean; close: () => void; places: Place[] }) {
  const { t } = useSpeech()
  const go = useNavigate()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const may = useMay()
  const enabled = opened && may('mailings_read')
  const known = useQuery({ queryKey: ['mailings', 'palette'], queryFn: () => mailings.list('all', 200), enabled, staleTime: 30_000 })
  const own = useQuery({ queryKey: ['programs'], queryFn: programs.list, enabled, staleTime: 30_000 })
  const guest = typed.trim()
  const all: Choice[] = [
    ...(may('mailings') ? [{ key: 'new', words: t('palette.newMailing'), icon: <IconPlus />, to: '/mailings/new' }] : []),
    ...places.map(({ to, word, icon: Mark }) => ({ key: to, words: t(word), icon: <Mark />, to })),
    ...(known.data?.mailings ?? []).map((it) => ({ key: `m${it.id}`, words: it.name, icon: <IconSend />, to: `/mailings/${it.id}` })),
    ...(own.data ?? []).map((it) => ({ key: `p${it.id}`, words: it.name, icon: <IconBolt />, to: `/programs/${it.id}` })),
  ]
  const choices = [
    ...all.filter((choice) => fits(choice.words, typed)).slice(0, 12),
    ...(guest && may('guests_read') ? [{ key: 'guest', words: t('palette.guest', { id: guest }), icon: <IconUser />, to: `/guests/${encodeURIComponent(guest)}` }] : []),
  ]
  const chosen = Math.min(at, choices.length - 1)
  const shut = () => {
    setTyped('')
    setAt(0)
    close()
  }
  const take = (choice: Choice | undefined) => {
    if (!choice) return
    shut()
    void go({ to: choice.to })
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, choices.length - 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
    else if (event.key === 'Enter') take(choices[chosen])
    else return
    event.preventDefault()
  }
  return (
    <Modal opened={opened} onClose={shut} title={t('palette.title')} closeButtonProps={{ 'aria-label': t('do.close') }} yOffset="10vh" centered={false} size="lg">
      <div className="palette">
        <TextInput
          data-autofocus
          aria-label={t('palette.title')}
          role="combobox"
          aria-expanded
          aria-controls="palette-choices"
          aria-activedescendant={choices[chosen] ? `palette-${choices[chosen].key}` : undefined}
          placeholder={t('top.search')}
          leftSection={<IconSearch />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={pressed}
        />
        <ul id="palette-choices" role="listbox" aria-label={t('palette.title')}>
          {choices.map((choice, place) => (
            <li key={choice.key} id={`palette-${choice.key}`} role="option" aria-selected={place === chosen} onClick={() => take(choice)} onMouseMove={() => setAt(place)}>
              {choice.icon}
              {choice.words}
            </li>
          ))}
        </ul>
        {choices.length === 0 && <p className="hint">{t('palette.none')}</p>}
      </div>
    </Modal>
  )
}
