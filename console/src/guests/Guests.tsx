import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Card } from '../parts/marks'
import { Page } from '../parts/states'
import { Builder } from '../segment/Builder'
import { Counted } from '../segment/Counted'
import { useSamples } from '../segment/Samples'
import { filterOf, treeOf, type Group } from '../segment/tree'
import { useSpeech } from '../words/speech'
import { Found } from './Found'

/** A guest by their id, or some by what they did. */
export function Guests() {
  const { t } = useSpeech()
  const go = useNavigate()
  const [id, setId] = useState('')
  const [words] = useDebouncedValue(id.trim(), 250)
  const [root, setRoot] = useState<Group>(() => treeOf({}))
  const filter = filterOf(root)
  const samples = useSamples(filter)
  return (
    <Page title={t('guests.title')}>
      <form
        className="find-guest row"
        onSubmit={(event) => {
          event.preventDefault()
          if (id.trim()) void go({ to: '/guests/$id', params: { id: id.trim() } })
        }}
      >
        <TextInput className="grow" type="search" aria-label={t('guests.search')} placeholder={t('guests.search')} leftSection={<IconSearch />} value={id} onChange={(event) => setId(event.currentTarget.value)} />
        <Button type="submit" variant="filled">
          {t('guests.findDo')}
        </Button>
      </form>
      <Found words={words} />
      <div className="split">
        <Card title={t('guests.bySegment')}>
          <Builder root={root} change={setRoot} />
          <ul className="guest-list">
            {(samples.data ?? []).map((guest) => (
              <li key={guest.customer}>
                <Link data-row to="/guests/$id" params={{ id: guest.customer }}>
                  <b>{guest.name || t('guest.noName', { id: guest.customer })}</b> <span className="muted">{guest.customer}</span>
                </Link>
              </li>
            ))}
          </ul>
          <p className="hint card-note">{t('guests.bySegmentWhy')}</p>
        </Card>
        <Counted filter={filter} />
      </div>
    </Page>
  )
}
