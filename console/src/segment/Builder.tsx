import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconDots, IconGripVertical, IconPlus, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { Filter } from '../api/shapes'
import { useSpeech } from '../words/speech'
import { useEffects, useEveryone, type Told } from './counts'
import { Sentence } from './Sentence'
import { changed, dropped, FIRST, KINDS, moved, type Clause, type Group, type Kind, type Node } from './tree'

let last = 0
const id = () => `new${(last += 1)}`

interface Editing {
  root: Group
  change: (root: Group) => void
  readOnly: boolean
  told: Map<string, Told>
}

/** Conditions as sentences, with what each of them leaves and takes away. */
export function Builder({ root, change, readOnly = false }: { root: Group; change: (root: Group) => void; readOnly?: boolean }) {
  const { t, number } = useSpeech()
  const told = useEffects(root)
  const everyone = useEveryone()
  const editing = { root, change, readOnly, told }
  return (
    <>
      <div className="clauses">
        <div className="clauses-head">
          <i />
          <b>
            {t('segment.everyone')}
            {everyone.data && `: ${number(everyone.data.count)}`}. {t('segment.fits')} <Join group={root} editing={editing} /> {t('segment.condition')}
          </b>
          <span>{t('segment.left')}</span>
          <span>{t('segment.cut')}</span>
          <i />
        </div>
        {root.parts.length === 0 ? <p className="clause-empty muted">{t('segment.empty')}</p> : <Parts group={root} editing={editing} />}
      </div>
      {!readOnly && <Adding group={root} editing={editing} />}
    </>
  )
}

function Join({ group, editing }: { group: Group; editing: Editing }) {
  const { t } = useSpeech()
  const next = group.join === 'all' ? 'any' : 'all'
  const says = group.not && group.join === 'any' ? t('segment.noneOf') : t(`segment.${group.join}`)
  if (editing.readOnly) return <span className="word">{says}</span>
  return (
    <button className="word" type="button" onClick={() => editing.change(changed(editing.root, group.id, (it) => ({ ...it, join: next }) as Group))}>
      {says}
    </button>
  )
}

function Parts({ group, editing }: { group: Group; editing: Editing }) {
  return (
    <ol className={group.id === editing.root.id ? undefined : 'any'}>
      {group.parts.map((part, at) => (
        <Part key={part.id} part={part} at={at} of={group.parts.length} editing={editing} />
      ))}
    </ol>
  )
}

function Part({ part, at, of, editing }: { part: Node; at: number; of: number; editing: Editing }) {
  const { t } = useSpeech()
  const { root, change, readOnly } = editing
  const [over, setOver] = useState(false)
  const put = (next: (it: Node) => Node | null) => change(changed(root, part.id, next))
  return (
    <li
      className={over ? 'is-over' : undefined}
      onDragOver={(event) => {
        event.preventDefault()
        event.stopPropagation()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        event.stopPropagation()
        setOver(false)
        change(dropped(root, event.dataTransfer.getData('text/plain'), part.id))
      }}
    >
      <div className="clause">
        <span className="grip" draggable={!readOnly} onDragStart={(event) => event.dataTransfer.setData('text/plain', part.id)} aria-hidden>
          <IconGripVertical />
        </span>
        <div className="sentence">
          {part.not && <em>{t('segment.not')} </em>}
          {part.type === 'clause' ? (
            <Sentence clause={part} readOnly={readOnly} change={(value) => put((it) => ({ ...(it as Clause), value }))} />
          ) : (
            <>
              {t('segment.fits')} <Join group={part} editing={editing} /> {t('segment.ofGroup', { n: part.parts.length })}
            </>
          )}
          <Remark told={editing.told.get(part.id)} />
        </div>
        <Effects told={editing.told.get(part.id)} />
        {!readOnly && (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon size="sm" aria-label={t('do.more')}>
                <IconDots />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => put((it) => ({ ...it, not: !it.not }))}>{part.not ? t('segment.affirm') : t('segment.negate')}</Menu.Item>
              {at > 0 && (
                <Menu.Item leftSection={<IconArrowUp />} onClick={() => change(moved(root, part.id, -1))}>
                  {t('segment.moveUp')}
                </Menu.Item>
              )}
              {at < of - 1 && (
                <Menu.Item leftSection={<IconArrowDown />} onClick={() => change(moved(root, part.id, 1))}>
                  {t('segment.moveDown')}
                </Menu.Item>
              )}
              <Menu.Item color="bad" leftSection={<IconX />} onClick={() => put(() => null)}>
                {t('segment.removeCondition')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      {part.type === 'group' && (
        <>
          <Parts group={part} editing={editing} />
          {!readOnly && <Adding group={part} editing={editing} inner />}
        </>
      )}
    </li>
  )
}

function Effects({ told }: { told: Told | undefined }) {
  const { number } = useSpeech()
  const sign = told?.adds ? '+' : '−'
  return (
    <>
      <span className="left">{told?.left === undefined ? '…' : number(told.left)}</span>
      <span className="cut">{told?.change === undefined ? '' : told.change === 0 ? '0' : `${sign}${number(told.change)}`}</span>
    </>
  )
}

function Remark({ told }: { told: Told | undefined }) {
  const { t } = useSpeech()
  if (told?.change !== 0 || told.left === undefined) return null
  return <p className="hint">{told.left === 0 ? t('segment.nobody') : told.adds ? t('segment.addsNobody') : t('segment.takesNobody')}</p>
}

function Adding({ group, editing, inner }: { group: Group; editing: Editing; inner?: boolean }) {
  const { t } = useSpeech()
  const add = (part: Node) => editing.change(changed(editing.root, group.id, (it) => ({ ...(it as Group), parts: [...(it as Group).parts, part] })))
  const clause = (kind: Kind): Clause => ({ id: id(), type: 'clause', not: false, kind, value: FIRST[kind] })
  const size = inner ? 'compact-sm' : 'compact-md'
  return (
    <div className={inner ? 'who-foot is-inner' : 'who-foot'}>
      <Menu withinPortal position="bottom-start">
        <Menu.Target>
          <Button size={size} leftSection={<IconPlus />}>
            {t('segment.addCondition')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={360} className="scrolls">
          {KINDS.map((kind) => (
            <Menu.Item key={kind} onClick={() => add(clause(kind))}>
              {t(`kind.${kind}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button size={size} leftSection={<IconPlus />} onClick={() => add({ id: id(), type: 'group', not: false, join: group.join === 'all' ? 'any' : 'all', parts: [clause('retention')] })}>
        {t('segment.addGroup')}
      </Button>
    </div>
  )
}

export const asSearch = (filter: Filter) => ({ filter: JSON.stringify(filter) })
