import { ActionIcon, Button, Menu, Modal, SegmentedControl, TagsInput, Textarea, TextInput } from '@mantine/core'
import { IconDots, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { isRefusal } from '../api/refusal'
import { instantOf } from '../lib/format'
import { Bar, Card } from '../parts/marks'
import { tell, tellRefusal } from '../parts/notify'
import { Empty, Page, Told } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { promos, type PromoList } from './ask'
import { codesOf } from './codes'

const KEY = ['promos']

/** Lists of promo codes with what is left of them, and the tags that the use of a promo sets. */
export function Promos() {
  const { t } = useSpeech()
  const may = useMay()
  const asked = useQuery({ queryKey: KEY, queryFn: promos.lists, refetchInterval: 30_000 })
  const [making, setMaking] = useState(false)
  const button = may('mailings') && (
    <Button variant="filled" leftSection={<IconPlus />} onClick={() => setMaking(true)}>
      {t('promo.new')}
    </Button>
  )
  return (
    <Page title={t('promo.title')} actions={asked.data?.length ? button : undefined}>
      <p className="head-about">{t('promo.about')}</p>
      <section className="card wide-table" tabIndex={0} aria-label={t('promo.title')}>
        <Told query={asked}>
          {(lists) =>
            lists.length === 0 ? (
              <Empty title={t('promo.none')} why={t('promo.noneWhy')}>
                {button}
              </Empty>
            ) : (
              <table className="table cards-on-phone">
                <thead>
                  <tr>
                    <th scope="col">{t('promo.list')}</th>
                    <th scope="col">{t('promo.kind')}</th>
                    <th scope="col">{t('promo.left')}</th>
                    <th scope="col">{t('promo.ends')}</th>
                    <th scope="col">
                      <span className="hidden-visually">{t('do.more')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {lists.map((it) => (
                    <Row key={it.name} list={it} />
                  ))}
                </tbody>
              </table>
            )
          }
        </Told>
      </section>
      <Tags />
      <Making opened={making} close={() => setMaking(false)} />
    </Page>
  )
}

function Row({ list }: { list: PromoList }) {
  const speech = useSpeech()
  const { t, when } = speech
  const may = useMay()
  const queries = useQueryClient()
  const [adding, setAdding] = useState(false)
  const removing = useMutation({
    mutationFn: () => promos.remove(list.name),
    onError: (error) => tellRefusal(error, speech),
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  })
  const isOver = list.ends_at !== undefined && new Date(list.ends_at) < new Date()
  return (
    <tr className={isOver ? 'is-faded' : undefined}>
      <th scope="row">
        {list.common_code ? (
          <span className="name">{list.name}</span>
        ) : (
          <Link className="name" data-row to="/promo-codes/$list" params={{ list: list.name }}>
            {list.name}
          </Link>
        )}
      </th>
      <td>{list.common_code ? t('promo.common', { code: list.common_code }) : t('promo.personal')}</td>
      <td>
        {list.common_code ? (
          <span className="none">–</span>
        ) : (
          <>
            {t('promo.leftOf', { n: list.left, all: list.codes })}
            <Bar parts={[{ share: list.codes ? list.left / list.codes : 0, tone: list.left * 10 < list.codes ? 'is-bad' : '' }]} />
          </>
        )}
      </td>
      <td data-label={`${t('promo.ends')}: `}>{list.ends_at ? when(list.ends_at) : <span className="muted">{t('promo.noEnd')}</span>}</td>
      <td className="menu">
        {may('mailings') && (
          <span className="row">
            {!list.common_code && (
              <Button size="xs" leftSection={<IconPlus />} aria-label={`${t('promo.add')}: ${list.name}`} onClick={() => setAdding(true)}>
                {t('promo.add')}
              </Button>
            )}
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <ActionIcon aria-label={t('promo.actions', { name: list.name })}>
                  <IconDots />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconTrash />} color="bad" onClick={() => window.confirm(t('promo.removeAsk', { name: list.name })) && removing.mutate()}>
                  {t('promo.remove')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </span>
        )}
        <Adding list={list.name} opened={adding} close={() => setAdding(false)} />
      </td>
    </tr>
  )
}

function Adding({ list, opened, close }: { list: string; opened: boolean; close: () => void }) {
  const { t } = useSpeech()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const codes = codesOf(text)
  const adding = useMutation({
    mutationFn: () => promos.add(list, codes),
    onSuccess: (it) => {
      tell(t('promo.added', { n: it.added, known: it.known }))
      setText('')
      close()
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  })
  const refusal = isRefusal(adding.error) ? adding.error : null
  const faults = refusal?.faults.slice(0, 5).map((it) => `${codes[Number(/\d+/.exec(it.place)?.[0])] ?? it.place}: ${it.problem}`)
  return (
    <Modal opened={opened} onClose={close} title={`${list}: ${t('promo.add')}`} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          adding.mutate()
        }}
      >
        <Textarea data-autofocus label={t('promo.codes')} description={t('promo.codesWhy')} classNames={{ input: 'mono' }} autosize minRows={6} maxRows={16} value={text} error={refusal && (faults?.join('; ') || refusal.message)} onChange={(event) => setText(event.currentTarget.value)} />
        <Button type="submit" variant="filled" disabled={codes.length === 0} loading={adding.isPending}>
          {t('promo.addSome', { n: codes.length })}
        </Button>
      </form>
    </Modal>
  )
}

function Making({ opened, close }: { opened: boolean; close: () => void }) {
  const { t, zone } = useSpeech()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [kind, setKind] = useState('personal')
  const [code, setCode] = useState('')
  const [ends, setEnds] = useState('')
  const making = useMutation({
    mutationFn: () => promos.put(name.trim(), { ...(kind === 'common' ? { common_code: code.trim() } : {}), ...(ends ? { ends_at: instantOf(ends, '23:59', zone).toISOString() } : {}) }),
    onSuccess: () => {
      setName('')
      setCode('')
      close()
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  })
  const refusal = isRefusal(making.error) ? making.error : null
  const at = (place: string) => refusal?.faults.find((it) => it.place === place)?.problem
  return (
    <Modal opened={opened} onClose={close} title={t('promo.new')} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          making.mutate()
        }}
      >
        <TextInput data-autofocus required label={t('promo.list')} description={t('promo.listWhy')} value={name} error={at('name') ?? at('list')} onChange={(event) => setName(event.currentTarget.value)} />
        <SegmentedControl
          aria-label={t('promo.kind')}
          value={kind}
          onChange={setKind}
          data={[
            { value: 'personal', label: t('promo.personal') },
            { value: 'common', label: t('promo.oneForAll') },
          ]}
        />
        {kind === 'common' && <TextInput required label={t('promo.code')} value={code} error={at('common_code')} onChange={(event) => setCode(event.currentTarget.value)} />}
        <TextInput type="date" label={t('promo.lastDay')} description={t('promo.lastDayWhy')} value={ends} error={at('ends_at')} onChange={(event) => setEnds(event.currentTarget.value)} />
        {refusal && refusal.faults.length === 0 && (
          <p className="notice is-bad" role="alert">
            {refusal.message}
          </p>
        )}
        <Button type="submit" variant="filled" loading={making.isPending}>
          {t('promo.new')}
        </Button>
      </form>
    </Modal>
  )
}

function Tags() {
  const speech = useSpeech()
  const { t } = speech
  const may = useMay()
  const queries = useQueryClient()
  const [promo, setPromo] = useState('')
  const [tags, setTags] = useState<string[]>([])
  const asked = useQuery({ queryKey: [...KEY, 'tags'], queryFn: promos.tags })
  const setting = useMutation({
    mutationFn: (it: { promo: string; tags: string[] }) => promos.setTags(it.promo, it.tags),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: () => {
      setPromo('')
      setTags([])
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: [...KEY, 'tags'] }),
  })
  return (
    <Card title={t('promo.tags')} aside={<span className="small muted">{t('promo.tagsWhy')}</span>} className="promo-tags">
      <ul className="lines">
        {asked.data?.map((it) => (
          <li key={it.promo}>
            <b>{it.promo}</b>
            <span className="row">
              <span className="grow">{it.tags.join(', ')}</span>
              {may('mailings') && (
                <ActionIcon size="sm" aria-label={`${t('do.remove')}: ${it.promo}`} onClick={() => setting.mutate({ promo: it.promo, tags: [] })}>
                  <IconTrash />
                </ActionIcon>
              )}
            </span>
          </li>
        ))}
      </ul>
      {asked.data?.length === 0 && <p className="card-body muted">{t('promo.noTags')}</p>}
      {may('mailings') && (
        <form
          className="rehearsal-form"
          onSubmit={(event) => {
            event.preventDefault()
            setting.mutate({ promo: promo.trim(), tags })
          }}
        >
          <TextInput required label={t('promo.code')} value={promo} onChange={(event) => setPromo(event.currentTarget.value)} />
          <TagsInput className="grow" label={t('promo.itsTags')} value={tags} onChange={setTags} acceptValueOnBlur />
          <Button type="submit" disabled={tags.length === 0} loading={setting.isPending}>
            {t('do.save')}
          </Button>
        </form>
      )}
    </Card>
  )
}
