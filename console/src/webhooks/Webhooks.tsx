import { ActionIcon, Button, Checkbox, Menu, Modal, TextInput } from '@mantine/core'
import { IconCheck, IconDots, IconKey, IconPlayerPause, IconPlayerPlay, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { isRefusal } from '../api/refusal'
import { tellRefusal } from '../parts/notify'
import { Empty, Page, Told } from '../parts/states'
import { Once } from '../settings/Once'
import { useSpeech } from '../words/speech'
import { KINDS, webhooks, type Webhook } from './ask'

export function Webhooks() {
  const { t, number, maybe, when } = useSpeech()
  const asked = useQuery({ queryKey: ['webhooks'], queryFn: webhooks.list, refetchInterval: 15_000 })
  const [making, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const button = (
    <Button variant="filled" leftSection={<IconPlus />} onClick={() => setMaking(true)}>
      {t('webhook.new')}
    </Button>
  )
  return (
    <Page title={t('webhook.title')} actions={asked.data?.length ? button : undefined}>
      <p className="head-about">{t('webhook.about')}</p>
      <section className="card wide-table" tabIndex={0} aria-label={t('webhook.title')}>
        <Told query={asked}>
          {(all) =>
            all.length === 0 ? (
              <Empty title={t('webhook.none')} why={t('webhook.noneWhy')}>
                {button}
              </Empty>
            ) : (
              <table className="table cards-on-phone">
                <thead>
                  <tr>
                    <th scope="col">{t('webhook.name')}</th>
                    <th scope="col">{t('webhook.state')}</th>
                    <th scope="col">{t('webhook.kinds')}</th>
                    <th scope="col" className="num">{t('webhook.waiting')}</th>
                    <th scope="col" className="num" title={t('webhook.deadHelp')}>{t('webhook.dead')}</th>
                    <th scope="col">
                      <span className="hidden-visually">{t('do.more')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((it) => (
                    <tr key={it.id} className={it.enabled ? undefined : 'is-faded'}>
                      <th scope="row">
                        <Link className="name" data-row to="/webhooks/$id" params={{ id: String(it.id) }}>
                          {it.name}
                        </Link>
                        <span className="about wraps">{it.url}</span>
                        {it.old_secret_until && <span className="about">{t('webhook.oldUntil', { when: when(it.old_secret_until) })}</span>}
                      </th>
                      <td>
                        <span className={`badge ${it.enabled ? 'is-ok' : ''}`}>
                          {it.enabled ? <IconCheck aria-hidden /> : <IconPlayerPause aria-hidden />}
                          {it.enabled ? t('webhook.on') : t('webhook.off')}
                        </span>
                      </td>
                      <td className="wraps">{it.kinds.map((kind) => maybe(`webhookKind.${kind}`, kind)).join(', ')}</td>
                      <td className="num" data-label={`${t('webhook.waiting')}: `}>{number(it.waiting)}</td>
                      <td className="num" data-label={`${t('webhook.dead')}: `}>{it.dead > 0 ? <b className="is-bad-mark">{number(it.dead)}</b> : number(0)}</td>
                      <td className="menu">
                        <Actions webhook={it} show={setSecret} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          }
        </Told>
      </section>
      <Making opened={making} close={() => setMaking(false)} show={setSecret} />
      <Once title={t('webhook.secret')} about={t('webhook.secretOnce')} secret={secret} close={() => setSecret(null)} />
    </Page>
  )
}

function Actions({ webhook, show }: { webhook: Webhook; show: (secret: string) => void }) {
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const doing = useMutation({
    mutationFn: async (what: 'turn' | 'rotate' | 'remove') => {
      if (what === 'turn') await webhooks.turn(webhook.id, !webhook.enabled)
      if (what === 'remove') await webhooks.remove(webhook.id)
      if (what === 'rotate') show((await webhooks.rotate(webhook.id)).secret)
    },
    onError: (error) => tellRefusal(error, speech),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const { name, enabled } = webhook
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon aria-label={t('webhook.actions', { name })} loading={doing.isPending}>
          <IconDots />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={enabled ? <IconPlayerPause /> : <IconPlayerPlay />} onClick={() => doing.mutate('turn')}>
          {enabled ? t('webhook.switchOff') : t('webhook.switchOn')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKey />} onClick={() => window.confirm(t('webhook.rotateAsk', { name })) && doing.mutate('rotate')}>
          {t('webhook.rotate')}
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash />} color="bad" onClick={() => window.confirm(t('webhook.removeAsk', { name })) && doing.mutate('remove')}>
          {t('webhook.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Making({ opened, close, show }: { opened: boolean; close: () => void; show: (secret: string) => void }) {
  const { t } = useSpeech()
  const queries = useQueryClient()
  const [url, setUrl] = useState('')
  const [name, setName] = useState('')
  const [kinds, setKinds] = useState<string[]>(['message.state'])
  const making = useMutation({
    mutationFn: () => webhooks.create(url.trim(), kinds, name.trim()),
    onSuccess: (it) => {
      show(it.secret)
      setUrl('')
      setName('')
      close()
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const refusal = isRefusal(making.error) ? making.error : null
  const at = (place: string) => refusal?.faults.find((it) => it.place === place)?.problem
  const elsewhere = refusal && !['url', 'name', 'kinds'].some(at)
  return (
    <Modal opened={opened} onClose={close} title={t('webhook.new')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          making.mutate()
        }}
      >
        <TextInput data-autofocus required type="url" label={t('webhook.url')} description={t('webhook.urlWhy')} placeholder="https://" value={url} error={at('url')} onChange={(event) => setUrl(event.currentTarget.value)} />
        <TextInput label={t('webhook.name')} description={t('webhook.nameWhy')} value={name} error={at('name')} onChange={(event) => setName(event.currentTarget.value)} />
        <Checkbox.Group label={t('webhook.kinds')} value={kinds} error={at('kinds')} onChange={setKinds}>
          <div className="stack choices">
            {KINDS.map((it) => (
              <Checkbox
                key={it}
                value={it}
                label={
                  <>
                    {t(`webhookKind.${it}`)} <span className="mono muted">{it}</span>
                  </>
                }
              />
            ))}
          </div>
        </Checkbox.Group>
        {elsewhere && (
          <p className="notice is-bad" role="alert">
            {refusal.message}
          </p>
        )}
        <Button type="submit" variant="filled" loading={making.isPending}>
          {t('webhook.new')}
        </Button>
      </form>
    </Modal>
  )
}
