import { Button, Checkbox, Modal, Select, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, once } from '../api/client'
import { isRefusal } from '../api/refusal'
import type { Session } from '../api/shapes'
import { tellRefusal } from '../parts/notify'
import { Empty, Page, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { Once } from './Once'

interface ApiKey {
  id: string
  name: string
  kind: 'backend' | 'app'
  scopes: string[]
  created_at: string
  used_at?: string | null
  revoked_at?: string | null
}

/** What the key of an app may do: anybody can read it. */
const OF_APPS = ['opens', 'endpoints']

export function Keys() {
  const speech = useSpeech()
  const { t, when } = speech
  const queries = useQueryClient()
  const asked = useQuery({ queryKey: ['keys'], queryFn: () => ask<{ keys: ApiKey[] }>('GET', 'v1/keys') })
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const revoking = useMutation({
    mutationFn: (id: string) => ask('DELETE', `v1/keys/${encodeURIComponent(id)}`),
    onError: (error) => tellRefusal(error, speech),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  return (
    <Page
      title={t('keys.apiTitle')}
      actions={
        <Button variant="filled" leftSection={<IconPlus />} onClick={() => setMaking(true)}>
          {t('keys.make')}
        </Button>
      }
    >
      <section className="card wide-table" tabIndex={0} aria-label={t('keys.apiTitle')}>
        <Told query={asked}>
          {({ keys }) =>
            keys.length === 0 ? (
              <Empty title={t('keys.none')} />
            ) : (
              <table className="table cards-on-phone">
                <thead>
                  <tr>
                    <th scope="col">{t('keys.name')}</th>
                    <th scope="col">{t('keys.kind')}</th>
                    <th scope="col">{t('keys.scopes')}</th>
                    <th scope="col">{t('keys.created')}</th>
                    <th scope="col">{t('keys.used')}</th>
                    <th scope="col">
                      <span className="hidden-visually">{t('do.more')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {keys.map((it) => (
                    <tr key={it.id} className={it.revoked_at ? 'is-faded' : undefined}>
                      <th scope="row">{it.name}</th>
                      <td>{t(`keys.${it.kind}`)}</td>
                      <td className="mono wraps">{it.scopes.join(' ')}</td>
                      <td>{when(it.created_at)}</td>
                      <td>{when(it.used_at)}</td>
                      <td className="num">
                        {it.revoked_at ? (
                          <span className="muted">{t('keys.revoked', { when: when(it.revoked_at) })}</span>
                        ) : (
                          <Button size="xs" color="bad" onClick={() => window.confirm(t('keys.revokeAsk', { name: it.name })) && revoking.mutate(it.id)}>
                            {t('keys.revoke')}
                          </Button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          }
        </Told>
      </section>
      <Making opened={making} close={() => setMaking(false)} show={setMade} />
      <Once title={t('keys.make')} about={t('keys.made')} secret={made} close={() => setMade(null)} />
    </Page>
  )
}

function Making({ opened, close, show }: { opened: boolean; close: () => void; show: (key: string) => void }) {
  const { t } = useSpeech()
  const queries = useQueryClient()
  const own = queries.getQueryData<Session>(['session'])?.person.rights ?? []
  const [name, setName] = useState('')
  const [kind, setKind] = useState<'backend' | 'app'>('backend')
  const [scopes, setScopes] = useState<string[]>([])
  const making = useMutation({
    mutationFn: () => ask<{ key: string }>('POST', 'v1/keys', { name: name.trim(), kind, ...(scopes.length > 0 ? { scopes } : {}) }, once()),
    onSuccess: (it) => {
      show(it.key)
      setName('')
      setScopes([])
      close()
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  const refusal = isRefusal(making.error) ? making.error : null
  return (
    <Modal opened={opened} onClose={close} title={t('keys.make')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          making.mutate()
        }}
      >
        <TextInput data-autofocus required label={t('keys.name')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label={t('keys.kind')} value={kind} allowDeselect={false} data={(['backend', 'app'] as const).map((it) => ({ value: it, label: t(`keys.${it}`) }))} onChange={(it) => setKind(it === 'app' ? 'app' : 'backend')} />
        <Checkbox.Group label={t('keys.scopes')} value={scopes} onChange={setScopes}>
          <div className="stack choices">
            {own
              .filter((it) => kind === 'backend' || OF_APPS.includes(it))
              .map((it) => (
                <Checkbox key={it} value={it} label={<span className="mono">{it}</span>} />
              ))}
          </div>
        </Checkbox.Group>
        {refusal && (
          <p className="notice is-bad" role="alert">
            {refusal.faults[0]?.problem ?? refusal.message}
          </p>
        )}
        <Button type="submit" variant="filled" loading={making.isPending}>
          {t('keys.make')}
        </Button>
      </form>
    </Modal>
  )
}
