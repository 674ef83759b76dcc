import { ActionIcon, Menu } from '@mantine/core'
import { IconCopy, IconDots, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { mailings, runs } from '../api/ask'
import { CHANNELS, type Channel, type Listed } from '../api/shapes'
import { useSchedule } from '../composer/useSchedule'
import { Bar, ChannelMark, Opens, StateBadge } from '../parts/marks'
import { tell, tellRefusal } from '../parts/notify'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { gone } from './ring'

const isLive = (state: string) => state === 'running' || state === 'paused'

export function MailingRow({ mailing }: { mailing: Listed }) {
  const speech = useSpeech()
  const { t, when, number, money, share } = speech
  const launched = mailing.state !== 'draft' && mailing.state !== 'scheduled'
  const figures = useQuery({
    queryKey: ['statistics', mailing.id],
    queryFn: () => mailings.statistics(mailing.id),
    enabled: launched,
    refetchInterval: mailing.state === 'running' ? 10_000 : false,
  })
  const file = useQuery({ queryKey: ['mailing', mailing.id], queryFn: () => mailings.show(mailing.id), enabled: !launched, staleTime: 30_000 })
  const next = useSchedule(mailing.id, mailing.state === 'draft').data?.next[0]
  const it = figures.data
  const channels = it ? CHANNELS.filter((channel) => it.channels[channel]) : (file.data?.file.waterfall.map((step) => step.channel) ?? [])
  const done = it ? gone(it.by_state) : 0
  const dash = <span className="none">–</span>
  const opened = (outcome: string) => ({ mailing: { id: mailing.id, outcome: [outcome] } })
  return (
    <tr className={mailing.state === 'cancelled' ? 'is-faded' : undefined}>
      <th scope="row" className="wide">
        <Link className="name" data-row to="/mailings/$id" params={{ id: String(mailing.id) }}>
          {mailing.name}
        </Link>
        <span className="about">
          {channels.map((channel: Channel) => (
            <ChannelMark key={channel} channel={channel} />
          ))}
        </span>
      </th>
      <td className="state">
        <StateBadge state={next ? 'scheduled' : mailing.state} />
      </td>
      <td className="progress">
        {it && isLive(mailing.state) ? (
          <>
            <Bar parts={[{ share: it.planned ? done / it.planned : 0, tone: mailing.state === 'paused' ? 'is-paused' : '' }]} />
            <span className="muted">{t('mailings.of', { done, all: it.planned })}</span>
          </>
        ) : (
          dash
        )}
      </td>
      <td className="when">
        {(mailing.start_at ?? next) ? when(mailing.start_at ?? next) : <span className="muted">{t('mailings.created', { when: when(mailing.created_at) })}</span>}
      </td>
      <td className="num" data-label={t('mailings.sent')}>
        {it ? <Opens n={it.guests_reached} filter={opened('sent')} name={t('mailings.sent')} /> : dash}
      </td>
      <td className="num" data-label={t('mailings.opened')}>
        {it ? (
          <>
            <Opens n={it.opened} filter={opened('opened')} name={t('mailings.opened')} />
            <span className="rate">{share(it.opened, it.guests_reached)}</span>
          </>
        ) : (
          dash
        )}
      </td>
      <td className="num" data-label={t('mailings.orders')}>
        {it ? number(it.orders) : dash}
      </td>
      <td className="num" data-label={t('mailings.revenue')}>
        {it ? money(it.revenue) : dash}
      </td>
      <td className="menu">
        <RowActions mailing={mailing} />
      </td>
    </tr>
  )
}

function RowActions({ mailing }: { mailing: Listed }) {
  const speech = useSpeech()
  const { t } = speech
  const may = useMay()
  const queries = useQueryClient()
  const go = useNavigate()
  const again = () => void queries.invalidateQueries({ queryKey: ['mailings'] })
  const refused = { onError: (error: unknown) => tellRefusal(error, speech), onSettled: again }
  const copying = useMutation({
    mutationFn: () => mailings.duplicate(mailing.id, t('mailings.copyName', { name: mailing.name })),
    ...refused,
    onSuccess: (copy) => void go({ to: '/mailings/$id/edit', params: { id: String(copy.id) } }),
  })
  const deleting = useMutation({
    mutationFn: async () => mailings.remove(mailing.id, (await mailings.show(mailing.id)).version),
    ...refused,
    onSuccess: () => tell(t('mailings.deleted', { name: mailing.name })),
  })
  const turning = useMutation({
    mutationFn: async () => {
      const run = (await mailings.runs(mailing.id)).find((it) => !it.test && isLive(it.state))
      if (!run) return
      await (run.state === 'running' ? runs.pause(run.run, t('run.pauseReason')) : runs.resume(run.run))
    },
    ...refused,
  })
  return (
    <span className="row">
      {isLive(mailing.state) && may('launch') && (
        <ActionIcon aria-label={`${mailing.state === 'running' ? t('run.pause') : t('run.resume')}: ${mailing.name}`} loading={turning.isPending} onClick={() => turning.mutate()}>
          {mailing.state === 'running' ? <IconPlayerPause /> : <IconPlayerPlay />}
        </ActionIcon>
      )}
      {may('mailings') && <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon aria-label={t('mailings.actions', { name: mailing.name })}>
            <IconDots />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconCopy />} onClick={() => copying.mutate()}>
            {t('mailings.duplicate')}
          </Menu.Item>
          {mailing.state === 'draft' && (
            <Menu.Item leftSection={<IconTrash />} color="bad" onClick={() => window.confirm(t('mailings.deleteAsk', { name: mailing.name })) && deleting.mutate()}>
              {t('mailings.delete')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>}
    </span>
  )
}
