import { Button, Menu, ActionIcon, Modal, Select, TagsInput, TextInput } from '@mantine/core'
import { IconBan, IconCheck, IconClock, IconDots, IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, once } from '../api/client'
import { isRefusal } from '../api/refusal'
import { tellRefusal } from '../parts/notify'
import { Page, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { Once } from './Once'

const ROLES = ['administrator', 'marketer', 'operator', 'viewer'] as const

interface Listed {
  id: number
  email: string
  name: string
  role: string
  restaurants: string[] | null
  state: 'invited' | 'active' | 'disabled'
  login_at?: string | null
}

interface Linked {
  person: Listed
  link: string
}

const STATE = { active: [IconCheck, 'is-ok'], invited: [IconClock, 'is-info'], disabled: [IconBan, 'is-bad'] } as const

export function People() {
  const { t, maybe, when } = useSpeech()
  const asked = useQuery({ queryKey: ['people'], queryFn: () => ask<{ people: Listed[] }>('GET', 'v1/people') })
  const [inviting, setInviting] = useState(false)
  const [link, setLink] = useState<string | null>(null)
  return (
    <Page
      title={t('people.title')}
      actions={
        <Button variant="filled" leftSection={<IconPlus />} onClick={() => setInviting(true)}>
          {t('people.invite')}
        </Button>
      }
    >
      <section className="card wide-table" tabIndex={0} aria-label={t('people.title')}>
        <Told query={asked}>
          {({ people }) => (
            <table className="table cards-on-phone">
              <thead>
                <tr>
                  <th scope="col">{t('people.name')}</th>
                  <th scope="col">{t('people.role')}</th>
                  <th scope="col">{t('people.restaurants')}</th>
                  <th scope="col">{t('people.state')}</th>
                  <th scope="col">{t('people.lastLogin')}</th>
                  <th scope="col">
                    <span className="hidden-visually">{t('do.more')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {people.map((it) => {
                  const [Mark, tone] = STATE[it.state]
                  return (
                    <tr key={it.id}>
                      <th scope="row">
                        {it.name || it.email}
                        <span className="about">{it.email}</span>
                      </th>
                      <td data-label={`${t('people.role')}: `}>{maybe(`role.${it.role}`, it.role)}</td>
                      <td data-label={`${t('people.restaurants')}: `}>{it.restaurants?.join(', ') ?? t('people.everywhere')}</td>
                      <td>
                        <span className={`badge ${tone}`}>
                          <Mark aria-hidden />
                          {t(`people.${it.state}`)}
                        </span>
                      </td>
                      <td className="muted">{it.login_at ? when(it.login_at) : t('people.never')}</td>
                      <td>
                        <Actions person={it} setLink={setLink} />
                      </td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
          )}
        </Told>
      </section>
      <Inviting opened={inviting} close={() => setInviting(false)} setLink={setLink} />
      <Once title={t('people.inviteTitle')} about={t('people.inviteDone')} secret={link} close={() => setLink(null)} />
    </Page>
  )
}

function Actions({ person, setLink }: { person: Listed; setLink: (link: string) => void }) {
  const speech = useSpeech()
  const { t, maybe } = speech
  const queries = useQueryClient()
  const done = { onError: (error: unknown) => tellRefusal(error, speech), onSettled: () => void queries.invalidateQueries({ queryKey: ['people'] }) }
  const changing = useMutation({ mutationFn: (change: { role?: string; disabled?: boolean }) => ask('PATCH', `v1/people/${person.id}`, change), ...done })
  const linking = useMutation({ mutationFn: () => ask<Linked>('POST', `v1/people/${person.id}/link`), ...done, onSuccess: (it) => setLink(it.link) })
  const name = person.name || person.email
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon aria-label={t('mailings.actions', { name })}>
          <IconDots />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('people.roleOf', { name })}</Menu.Label>
        {ROLES.filter((role) => role !== person.role).map((role) => (
          <Menu.Item key={role} onClick={() => changing.mutate({ role })}>
            {maybe(`role.${role}`, role)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => window.confirm(t('people.newLinkAsk', { name })) && linking.mutate()}>{t('people.newLink')}</Menu.Item>
        <Menu.Item color={person.state === 'disabled' ? undefined : 'bad'} onClick={() => changing.mutate({ disabled: person.state !== 'disabled' })}>
          {person.state === 'disabled' ? t('people.unblock') : t('people.block')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Inviting({ opened, close, setLink }: { opened: boolean; close: () => void; setLink: (link: string) => void }) {
  const { t, maybe, language } = useSpeech()
  const queries = useQueryClient()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<string>('marketer')
  const [restaurants, setRestaurants] = useState<string[]>([])
  const inviting = useMutation({
    mutationFn: () => ask<Linked>('POST', 'v1/people/invitations', { email: email.trim(), role, locale: language, ...(restaurants.length > 0 ? { restaurants } : {}) }, once()),
    onSuccess: (it) => {
      setLink(it.link)
      setEmail('')
      close()
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['people'] }),
  })
  const refusal = isRefusal(inviting.error) ? inviting.error : null
  const at = (place: string) => refusal?.faults.find((it) => it.place.startsWith(place))?.problem
  return (
    <Modal opened={opened} onClose={close} title={t('people.inviteTitle')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          inviting.mutate()
        }}
      >
        <TextInput data-autofocus type="email" required label={t('people.email')} value={email} error={at('email')} onChange={(event) => setEmail(event.currentTarget.value)} />
        <Select label={t('people.role')} value={role} allowDeselect={false} error={at('role')} data={ROLES.map((it) => ({ value: it, label: maybe(`role.${it}`, it) }))} onChange={(it) => setRole(it ?? 'marketer')} />
        <TagsInput label={t('people.restaurants')} description={t('people.everywhere')} value={restaurants} error={at('restaurants')} onChange={setRestaurants} acceptValueOnBlur />
        {refusal && refusal.faults.length === 0 && (
          <p className="notice is-bad" role="alert">
            {refusal.message}
          </p>
        )}
        <Button type="submit" variant="filled" loading={inviting.isPending}>
          {t('people.invite')}
        </Button>
      </form>
    </Modal>
  )
}
