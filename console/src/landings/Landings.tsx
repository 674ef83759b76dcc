import { ActionIcon, Button, Checkbox, Menu, Modal, Textarea, TextInput } from '@mantine/core'
import { IconCopy, IconDots, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, once } from '../api/client'
import { isRefusal } from '../api/refusal'
import { clockOf, instantOf } from '../lib/format'
import { Card, Figure } from '../parts/marks'
import { tell, tellRefusal } from '../parts/notify'
import { Empty, Failure, Loading, Page } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'

interface Body {
  name: string
  image?: string
  title: string
  text: string
  button?: { text: string; link: string }
  promo?: string
  at_entry: boolean
  segment?: number
  starts_at?: string
  ends_at?: string
}

interface Landing extends Body {
  id: number
  url: string
  version: number
  created_at: string
}

interface Figures {
  shown: number
  clicked: number
  orders: number
  revenue: string
}

const KEY = ['landings']
const NEW: Body = { name: '', title: '', text: '', at_entry: false }

/** Pages of an image, a text and a button, which mailings lead to and the app shows at its entry. */
export function Landings() {
  const { t } = useSpeech()
  const may = useMay()
  const list = useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ pageParam }) => ask<{ landings: Landing[]; next?: number }>('GET', `v1/landings${pageParam ? `?cursor=${pageParam}` : ''}`),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  })
  const [edited, setEdited] = useState<Landing | Body | null>(null)
  const landings = list.data?.pages.flatMap((page) => page.landings) ?? []
  const button = may('mailings') && (
    <Button variant="filled" leftSection={<IconPlus />} onClick={() => setEdited(NEW)}>
      {t('landing.new')}
    </Button>
  )
  return (
    <Page title={t('landing.list')} actions={landings.length > 0 ? button : undefined}>
      <p className="head-about">{t('landing.about')}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError && landings.length === 0 ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : landings.length === 0 ? (
        <section className="card">
          <Empty title={t('landing.none')} why={t('landing.noneWhy')}>
            {button}
          </Empty>
        </section>
      ) : (
        <div className="cards">
          {landings.map((it) => (
            <One key={it.id} landing={it} edit={() => setEdited(it)} />
          ))}
        </div>
      )}
      {list.hasNextPage && (
        <Button className="more" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('do.more')}
        </Button>
      )}
      {edited && <Editing key={'id' in edited ? edited.id : 'new'} landing={edited} close={() => setEdited(null)} />}
    </Page>
  )
}

function One({ landing, edit }: { landing: Landing; edit: () => void }) {
  const speech = useSpeech()
  const { t, when, number, money, share } = speech
  const may = useMay()
  const queries = useQueryClient()
  const figures = useQuery({ queryKey: [...KEY, landing.id, 'statistics'], queryFn: () => ask<Figures>('GET', `v1/landings/${landing.id}/statistics`), enabled: may('statistics') })
  const removing = useMutation({
    mutationFn: () => ask('DELETE', `v1/landings/${landing.id}`, undefined, { 'If-Match': `"${landing.version}"` }),
    onError: (error) => tellRefusal(error, speech),
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  })
  const copy = async () => {
    await navigator.clipboard.writeText(landing.url)
    tell(t('do.copied'))
  }
  const it = figures.data
  return (
    <Card
      title={landing.name}
      className="program"
      aside={
        <span className="row">
          {landing.at_entry && <span className="badge is-brand">{t('landing.atEntry')}</span>}
          {may('mailings') && (
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <ActionIcon aria-label={t('landing.actions', { name: landing.name })}>
                  <IconDots />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconPencil />} onClick={edit}>
                  {t('landing.edit')}
                </Menu.Item>
                <Menu.Item leftSection={<IconTrash />} color="bad" onClick={() => window.confirm(t('landing.removeAsk', { name: landing.name })) && removing.mutate()}>
                  {t('landing.remove')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </span>
      }
    >
      <div className="card-body stack">
        <div>
          <b>{landing.title}</b>
          <p className="muted landing-text">{landing.text}</p>
        </div>
        <p className="small muted">
          {t('landing.since', { when: when(landing.starts_at) })}
          {landing.ends_at && `, ${t('landing.until', { when: when(landing.ends_at) })}`}
        </p>
        <div className="row">
          <code className="mono grow breaks">{landing.url}</code>
          <ActionIcon aria-label={`${t('do.copy')}: ${landing.url}`} onClick={() => void copy()}>
            <IconCopy />
          </ActionIcon>
        </div>
      </div>
      {it && (
        <div className="figures">
          <Figure label={t('landing.shown')} value={number(it.shown)} />
          <Figure label={t('landing.clicked')} value={number(it.clicked)} note={share(it.clicked, it.shown)} />
          <Figure label={t('mailings.orders')} value={number(it.orders)} note={money(it.revenue)} />
        </div>
      )}
    </Card>
  )
}

function Editing({ landing, close }: { landing: Landing | Body; close: () => void }) {
  const { t, zone } = useSpeech()
  const queries = useQueryClient()
  const [it, setIt] = useState<Body>(landing)
  const saving = useMutation({
    mutationFn: () => {
      const { name, image, title, text, button, promo, at_entry, segment, starts_at, ends_at } = it
      const body: Body = { name, title, text, at_entry, ...(image ? { image } : {}), ...(button?.text || button?.link ? { button } : {}), ...(promo ? { promo } : {}), ...(segment ? { segment } : {}), ...(starts_at ? { starts_at } : {}), ...(ends_at ? { ends_at } : {}) }
      return 'id' in landing ? ask('PUT', `v1/landings/${landing.id}`, body, { 'If-Match': `"${landing.version}"` }) : ask('POST', 'v1/landings', body, once())
    },
    onSuccess: close,
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  })
  const refusal = isRefusal(saving.error) ? saving.error : null
  const at = (place: string) => refusal?.faults.find((fault) => fault.place === place)?.problem
  const text = (key: 'name' | 'image' | 'title' | 'promo', required = false) => <TextInput required={required} label={t(`landing.${key}`)} value={it[key] ?? ''} error={at(key)} onChange={(event) => setIt({ ...it, [key]: event.currentTarget.value })} />
  return (
    <Modal opened onClose={close} title={'id' in landing ? landing.name : t('landing.new')} size="lg" closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          saving.mutate()
        }}
      >
        {text('name', true)}
        {text('title', true)}
        <Textarea label={t('landing.text')} autosize minRows={3} value={it.text} error={at('text')} onChange={(event) => setIt({ ...it, text: event.currentTarget.value })} />
        {text('image')}
        <div className="field-row">
          <TextInput label={t('landing.button')} value={it.button?.text ?? ''} error={at('button.text')} onChange={(event) => setIt({ ...it, button: { link: it.button?.link ?? '', text: event.currentTarget.value } })} />
          <TextInput label={t('landing.link')} placeholder="https://" value={it.button?.link ?? ''} error={at('button.link') ?? at('button')} onChange={(event) => setIt({ ...it, button: { text: it.button?.text ?? '', link: event.currentTarget.value } })} />
        </div>
        {text('promo')}
        <TextInput type="date" label={t('landing.lastDay')} value={it.ends_at ? clockOf(new Date(it.ends_at), zone).date : ''} error={at('ends_at')} onChange={(event) => setIt({ ...it, ends_at: event.currentTarget.value ? instantOf(event.currentTarget.value, '23:59', zone).toISOString() : undefined })} />
        <Checkbox label={t('landing.entry')} description={t('landing.entryWhy')} checked={it.at_entry} onChange={(event) => setIt({ ...it, at_entry: event.currentTarget.checked })} />
        {refusal && refusal.faults.length === 0 && (
          <p className="notice is-bad" role="alert">
            {refusal.status === 412 ? t('landing.moved') : refusal.message}
          </p>
        )}
        <Button type="submit" variant="filled" loading={saving.isPending}>
          {t('do.save')}
        </Button>
      </form>
    </Modal>
  )
}
