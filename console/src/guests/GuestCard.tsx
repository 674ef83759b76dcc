import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconBan, IconCheck, IconChevronLeft, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { api, told } from '../api/client'
import { isRefusal } from '../api/refusal'
import type { components } from '../api/schema'
import { CHANNELS } from '../api/shapes'
import { Card, ChannelMark, Figure } from '../parts/marks'
import { tellRefusal } from '../parts/notify'
import { Empty, Failure, Loading, Page } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { NextWeek, Orders, SentTo } from './more'

type Guest = components['schemas']['Guest']

export function GuestCard() {
  const { t } = useSpeech()
  const { id } = useParams({ strict: false }) as { id: string }
  const asked = useQuery({ queryKey: ['guest', id], queryFn: () => told<Guest>(api.GET('/v1/guests/{customer_id}', { params: { path: { customer_id: id } } })), retry: false })
  if (asked.isPending) return <Loading rows={10} />
  if (asked.isError)
    return isRefusal(asked.error) && asked.error.status === 404 ? <Empty title={t('guests.unknown', { id })} why={t('guests.unknownWhy')} /> : <Failure error={asked.error} retry={() => void asked.refetch()} />
  return <Known guest={asked.data} />
}

function Known({ guest }: { guest: Guest }) {
  const may = useMay()
  const { t, number, money, when } = useSpeech()
  const average = guest.orders > 0 ? Number(guest.revenue) / guest.orders : null
  return (
    <Page
      title={guest.name || t('guest.noName', { id: guest.customer })}
      back={
        <Link className="back" to="/guests" aria-label={t('guests.title')}>
          <IconChevronLeft aria-hidden />
        </Link>
      }
      sub={
        guest.blacklisted && (
          <span className="badge is-bad">
            <IconBan aria-hidden /> {t('guest.listed')}
          </span>
        )
      }
    >
      <section className="card figures" aria-label={t('guest.orders')}>
        <Figure label={t('guest.orders')} value={number(guest.orders)} />
        <Figure label={t('guest.revenue')} value={money(guest.revenue)} />
        <Figure label={t('guest.average')} value={average === null ? '–' : money(Math.round(average))} />
        <Figure label={t('guest.last')} value={when(guest.last_order_at)} note={guest.last_dish ?? undefined} />
        <Figure label={t('guest.first')} value={when(guest.first_order_at)} />
      </section>
      <div className="split">
        <div className="stack">
          <NextWeek guest={guest.customer} />
          <Orders guest={guest.customer} />
          <SentTo guest={guest.customer} />
          <Contacts guest={guest} />
          <Consents guest={guest} />
        </div>
        <div className="stack">
          <Facts guest={guest} />
          <Tags guest={guest} />
          {may('guests') && <Blacklist guest={guest} />}
        </div>
      </div>
    </Page>
  )
}

function Contacts({ guest }: { guest: Guest }) {
  const { t, maybe } = useSpeech()
  return (
    <Card title={t('guest.contacts')}>
      {guest.addresses.length === 0 ? (
        <p className="card-body muted">{t('guest.noContacts')}</p>
      ) : (
        <ul className="lines">
          {guest.addresses.map((it) => (
            <li key={`${it.kind} ${it.address}`}>
              <span className="muted">{maybe(`address.${it.kind}`, it.kind)}</span>
              <span className="breaks">{it.address}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Consents({ guest }: { guest: Guest }) {
  const { t, maybe, when } = useSpeech()
  const has = (there: boolean, no: string) => (
    <span className="row">
      {there ? <IconCheck className="is-ok-mark" aria-hidden /> : <IconX className="is-bad-mark" aria-hidden />}
      {there ? t('guest.yes') : no}
    </span>
  )
  return (
    <Card title={t('guest.consents')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('run.channel')}</th>
            <th scope="col">{t('guest.marketing')}</th>
            <th scope="col">{t('guest.notifications')}</th>
          </tr>
        </thead>
        <tbody>
          {CHANNELS.map((channel) => (
            <tr key={channel}>
              <th scope="row">
                <ChannelMark channel={channel} />
              </th>
              <td>{has(guest.consents.includes(channel), t('guest.no'))}</td>
              <td>{has(!guest.silenced.includes(channel), t('guest.off'))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="card-body">
        <h3>{t('guest.words')}</h3>
        {guest.words.length === 0 ? (
          <p className="muted">{t('guest.noWords')}</p>
        ) : (
          <ul className="journal">
            {guest.words.map((word, at) => (
              <li key={at}>
                <time>{when(word.at)}</time>
                <span>
                  {word.channel ? maybe(`channel.${word.channel}`, word.channel) : ''} {word.purpose === 'marketing' ? t('guest.marketing').toLowerCase() : t('guest.notifications').toLowerCase()}: {maybe(`word.${word.word}`, word.word)}
                  <span className="muted">
                    {' '}
                    ({word.how}, {word.source})
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  )
}

function Facts({ guest }: { guest: Guest }) {
  const { t } = useSpeech()
  const facts = [
    [t('segment.guestId'), guest.customer],
    [t('guest.restaurant'), guest.home_restaurant],
    [t('guest.locale'), guest.locale],
    [t('guest.zone'), guest.timezone],
    ...Object.entries(guest.attributes),
  ].filter((it): it is [string, string] => Boolean(it[1]))
  return (
    <Card title={t('guest.facts')}>
      <dl className="definition card-body">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd className="breaks">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function Tags({ guest }: { guest: Guest }) {
  const may = useMay()
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const [tag, setTag] = useState('')
  const changing = useMutation({
    mutationFn: (change: { set?: string[]; remove?: string[] }) => told(api.POST('/v1/guests/{customer_id}/tags', { params: { path: { customer_id: guest.customer } }, body: change })),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: () => setTag(''),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['guest', guest.customer] }),
  })
  return (
    <Card title={t('guest.tags')}>
      <div className="card-body stack">
        {guest.tags.length === 0 && <p className="muted">{t('guest.noTags')}</p>}
        <div className="chips">
          {guest.tags.map((it) => (
            <span key={it.name} className="badge" title={t('guest.tagSources', { sources: it.sources.join(', ') })}>
              {it.name}
              {may('guests') && <ActionIcon size="xs" aria-label={t('guest.tagRemove', { tag: it.name })} onClick={() => changing.mutate({ remove: [it.name] })}>
                <IconX />
              </ActionIcon>}
            </span>
          ))}
        </div>
        {may('guests') && <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault()
            if (tag.trim()) changing.mutate({ set: [tag.trim()] })
          }}
        >
          <TextInput className="grow" size="xs" aria-label={t('guest.tagAdd')} placeholder={t('guest.tagAdd')} value={tag} onChange={(event) => setTag(event.currentTarget.value)} />
          <Button type="submit" size="xs" loading={changing.isPending}>
            {t('do.add')}
          </Button>
        </form>}
      </div>
    </Card>
  )
}

function Blacklist({ guest }: { guest: Guest }) {
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const path = { params: { path: { customer_id: guest.customer } } }
  const turning = useMutation({
    mutationFn: () =>
      guest.blacklisted ? told(api.DELETE('/v1/guests/{customer_id}/blacklist', path)) : told(api.PUT('/v1/guests/{customer_id}/blacklist', { ...path, body: { reason: reason.trim() } })),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: () => setReason(''),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['guest', guest.customer] }),
  })
  return (
    <Card title={t('guest.blacklist')} aside={<span className={`badge ${guest.blacklisted ? 'is-bad' : 'is-ok'}`}>{guest.blacklisted ? t('guest.listed') : t('guest.notListed')}</span>}>
      <form
        className="card-body stack"
        onSubmit={(event) => {
          event.preventDefault()
          turning.mutate()
        }}
      >
        {!guest.blacklisted && (
          <>
            <TextInput label={t('guest.reason')} placeholder={t('guest.reasonHint')} required value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
            <p className="hint">{t('guest.blacklistWhat')}</p>
          </>
        )}
        <div>
          <Button type="submit" {...(guest.blacklisted ? {} : { color: 'bad', leftSection: <IconBan /> })} loading={turning.isPending}>
            {guest.blacklisted ? t('guest.blacklistUndo') : t('guest.blacklistDo')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
