import { Button } from '@mantine/core'
import { IconCheck, IconChevronLeft } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { mailings } from '../api/ask'
import type { Channel, Mailing, MailingFile } from '../api/shapes'
import { Card, StateBadge } from '../parts/marks'
import { Told } from '../parts/states'
import { Builder } from '../segment/Builder'
import { Samples } from '../segment/Samples'
import { Tools } from '../segment/Tools'
import { filterOf, treeOf, type Group } from '../segment/tree'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { Conflict } from './Conflict'
import { canonical } from './merge'
import { Previews } from './Previews'
import { Total } from './Total'
import { useDraft, type Draft } from './useDraft'
import { What } from './What'
import type { Start } from './schedule'
import { When } from './When'

export function Composer() {
  const { id } = useParams({ strict: false }) as { id: string }
  const asked = useQuery({ queryKey: ['mailing', Number(id)], queryFn: () => mailings.show(Number(id)), refetchOnWindowFocus: false, staleTime: Infinity })
  return <Told query={asked}>{(mailing) => <Composing key={mailing.id} mailing={mailing} />}</Told>
}

/** Where a problem stands: its block, and the channel of its text. */
const channelOf = (place: string): Channel | null => (place.startsWith('contents.') ? ((place.split('.')[1] ?? '') as Channel) : null)
const blockOf = (place: string) => (place.startsWith('audience') ? 'who' : place.startsWith('expires') ? 'when' : 'what')

function Composing({ mailing }: { mailing: Mailing }) {
  const { t } = useSpeech()
  const draft = useDraft(mailing)
  const { file, change } = draft
  const [root, setRoot] = useState<Group>(() => treeOf(file.audience))
  const [channel, setChannel] = useState<Channel | null>(file.waterfall[0]?.channel ?? null)
  const [start, setStart] = useState<Start>({ way: 'now' })
  // The audience was changed by somebody else's edit, not here.
  const own = filterOf(root)
  if (canonical(own) !== canonical(filterOf(treeOf(file.audience)))) setRoot(treeOf(file.audience))
  const may = useMay()
  const launched = mailing.state !== 'draft'
  const readOnly = launched || !may('mailings')
  const put = (part: Partial<MailingFile>) => change({ ...file, ...part })
  const goTo = (place: string) => {
    const of = channelOf(place)
    if (of) setChannel(of)
    const block = document.getElementById(blockOf(place))
    block?.scrollIntoView({ block: 'start', behavior: 'smooth' })
    block?.querySelector<HTMLElement>('[aria-invalid], [role="textbox"], input, button')?.focus({ preventScroll: true })
  }
  return (
    <div className="compose">
      <div className="work">
        <div className="page-head">
          <Link className="back" to="/mailings" aria-label={t('mailings.title')}>
            <IconChevronLeft aria-hidden />
          </Link>
          <h1 className="hidden-visually">{file.name}</h1>
          <input className="name-input" aria-label={t('compose.name')} value={file.name} readOnly={readOnly} onChange={(event) => put({ name: event.currentTarget.value })} />
          <StateBadge state={mailing.state} />
          <div className="page-actions">{readOnly ? may('mailings') && <Copying mailing={mailing} /> : <SavedMark draft={draft} />}</div>
        </div>
        {launched && <p className="notice is-info">{t('compose.readOnly')}</p>}
        {draft.recovered && draft.saving !== 'saved' && <p className="notice is-info">{t('compose.recovered')}</p>}
        {draft.saving === 'faulty' && (
          <div className="notice is-bad" role="alert">
            <div>
              <p>{t('compose.notSaved')}</p>
              {draft.faults.map((fault) => (
                <p key={fault.place + fault.code}>
                  <button type="button" className="link" onClick={() => goTo(fault.place)}>
                    {fault.place}
                  </button>{' '}
                  {fault.problem}
                </p>
              ))}
            </div>
          </div>
        )}
        {draft.theirs && <Conflict base={draft.base} mine={draft.file} theirs={draft.theirs.file} settle={draft.settle} />}
        <Card
          id="who"
          title={t('who.title')}
          aside={
            <Tools
              filter={own}
              {...(readOnly
                ? {}
                : {
                    take: (audience) => {
                      setRoot(treeOf(audience))
                      put({ audience })
                    },
                  })}
            />
          }
        >
          <Builder
            root={root}
            readOnly={readOnly}
            change={(next) => {
              setRoot(next)
              put({ audience: filterOf(next) })
            }}
          />
          <Samples filter={own} />
        </Card>
        <Card id="what" title={t('what.title')}>
          <What file={file} put={put} channel={channel} choose={setChannel} readOnly={readOnly} faults={draft.faults} />
          <Previews mailing={mailing.id} version={draft.version} saved={draft.saving === 'saved'} file={file} filter={own} />
        </Card>
        {!readOnly && (
          <Card id="when" title={t('when.title')}>
            <When mailing={mailing.id} start={start} setStart={setStart} life={file.expires_after_minutes} setLife={(expires_after_minutes) => put({ expires_after_minutes })} />
          </Card>
        )}
      </div>
      <Total mailing={mailing} draft={draft} filter={own} start={start} goTo={goTo} readOnly={launched} />
    </div>
  )
}

function SavedMark({ draft }: { draft: Draft }) {
  const { t, time } = useSpeech()
  const { saving, savedAt } = draft
  const says =
    saving === 'away' ? t('compose.waits') : saving === 'saving' || saving === 'waiting' ? t('compose.saving') : saving === 'saved' && savedAt ? t('compose.saved', { time: time(savedAt.toISOString()) }) : ''
  return (
    <span className="small muted" role="status" data-saving={saving}>
      {saving === 'saved' && savedAt && <IconCheck aria-hidden />} {says}
    </span>
  )
}

function Copying({ mailing }: { mailing: Mailing }) {
  const { t } = useSpeech()
  const go = useNavigate()
  const copying = useMutation({
    mutationFn: () => mailings.duplicate(mailing.id, t('mailings.copyName', { name: mailing.name })),
    onSuccess: (copy) => void go({ to: '/mailings/$id/edit', params: { id: String(copy.id) } }),
  })
  return (
    <Button loading={copying.isPending} onClick={() => copying.mutate()}>
      {t('mailings.duplicate')}
    </Button>
  )
}
