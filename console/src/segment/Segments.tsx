import { Button } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Filter } from '../api/shapes'
import { Card } from '../parts/marks'
import { Page } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { Builder } from './Builder'
import { Counted } from './Counted'
import { Samples } from './Samples'
import { Tools } from './Tools'
import { filterOf, treeOf, type Group } from './tree'

const read = (text: string | undefined): Filter => {
  try {
    return text ? (JSON.parse(text) as Filter) : {}
  } catch {
    return {}
  }
}

export function Segments() {
  const may = useMay()
  const { t } = useSpeech()
  const go = useNavigate()
  const { filter: written } = useSearch({ strict: false }) as { filter?: string }
  const [root, setRoot] = useState<Group>(() => treeOf(read(written)))
  const [shown, setShown] = useState(written)
  // The address was changed by a link, not by this screen.
  if (written !== shown && written !== JSON.stringify(filterOf(root))) {
    setShown(written)
    setRoot(treeOf(read(written)))
  }
  const filter = filterOf(root)
  const change = (next: Group) => {
    setRoot(next)
    const text = JSON.stringify(filterOf(next))
    setShown(text)
    void go({ to: '/segments', search: { filter: text }, replace: true })
  }
  return (
    <Page
      title={t('segment.title')}
      actions={
        may('mailings') && <Button variant="filled" leftSection={<IconSend />} onClick={() => void go({ to: '/mailings/new', search: { filter: JSON.stringify(filter) } })}>
          {t('segment.mailing')}
        </Button>
      }
    >
      <p className="head-about">{t('segment.about')}</p>
      <div className="split">
        <Card title={t('who.title')} aside={<Tools filter={filter} take={(it) => change(treeOf(it))} />}>
          <Builder root={root} change={change} />
          <Samples filter={filter} />
        </Card>
        <Counted filter={filter} />
      </div>
    </Page>
  )
}
