import { ActionIcon, Menu, NumberInput, Select, TagsInput, TextInput, Button } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useSpeech } from '../words/speech'
import { bounds, without, type EventFilter, type FieldFilter } from './definition'
import { EVENTS, fieldsOf } from './events'

interface Props {
  event: EventFilter
  change: (event: EventFilter) => void
  readOnly: boolean
  at: (place: string) => string | undefined
  /** Where it stands in the file, like `trigger.event`. */
  place: string
}

/** What must stand in an event's fields. */
export function EventFields({ event, change, readOnly, at, place }: Props) {
  const { t, maybe } = useSpeech()
  const known = fieldsOf(event.kind)
  const where = event.where ?? {}
  const absent = known.filter(([field]) => !(field in where))
  const put = (field: string, filter: FieldFilter | undefined) => {
    const { [field]: _, ...rest } = where
    const next = filter ? { ...where, [field]: filter } : rest
    change(without({ ...event, where: Object.keys(next).length > 0 ? next : undefined }) as EventFilter)
  }
  return (
    <>
      {event.kind === 'custom' && (
        <TextInput label={t('program.eventName')} description={t('program.eventNameWhy')} required readOnly={readOnly} value={event.name ?? ''} error={at(`${place}.name`)} onChange={(it) => change({ ...event, name: it.currentTarget.value })} />
      )}
      {Object.entries(where).map(([field, filter]) => (
        <FieldRow key={field} name={maybe(`eventField.${field}`, field)} isNumber={(EVENTS[event.kind]?.[field] ?? 'text') === 'number'} filter={filter} readOnly={readOnly} error={at(`${place}.where.${field}`)} change={(it) => put(field, it)} />
      ))}
      {!readOnly && absent.length > 0 && (
        <div>
          <Menu withinPortal position="bottom-start">
            <Menu.Target>
              <Button size="compact-sm" leftSection={<IconPlus />}>
                {t('program.addField')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {absent.map(([field, kind]) => (
                <Menu.Item key={field} onClick={() => put(field, kind === 'number' ? { min: 1 } : { is: [] })}>
                  {maybe(`eventField.${field}`, field)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </div>
      )}
    </>
  )
}

function FieldRow({ name, isNumber, filter, readOnly, error, change }: { name: string; isNumber: boolean; filter: FieldFilter; readOnly: boolean; error: string | undefined; change: (filter: FieldFilter | undefined) => void }) {
  const { t } = useSpeech()
  const number = (key: 'min' | 'max', label: string) => (
    <NumberInput label={`${name}, ${label}`} value={filter[key] ?? ''} disabled={readOnly} hideControls thousandSeparator=" " error={key === 'min' ? error : undefined} onChange={(it) => change(bounds({ ...filter, [key]: it === '' ? undefined : Number(it) }) ?? {})} />
  )
  return (
    <div className="field-row">
      {isNumber ? (
        <>
          {number('min', t('program.least'))}
          {number('max', t('program.most'))}
        </>
      ) : (
        <TagsInput className="grow" label={name} description={t('field.names')} error={error} disabled={readOnly} value={(filter.is ?? []).map(String)} onChange={(is) => change({ is })} acceptValueOnBlur splitChars={[',', ';']} />
      )}
      {!readOnly && (
        <ActionIcon aria-label={`${t('do.remove')}: ${name}`} onClick={() => change(undefined)}>
          <IconX />
        </ActionIcon>
      )}
    </div>
  )
}

/** Events that end what waits for the guest. */
export function CancelOn({ events, change, readOnly, at }: { events: EventFilter[]; change: (events: EventFilter[]) => void; readOnly: boolean; at: Props['at'] }) {
  const { t, maybe } = useSpeech()
  const put = (place: number, event: EventFilter | null) => change(events.flatMap((it, own) => (own === place ? (event ? [event] : []) : [it])))
  return (
    <div className="stack">
      {events.map((event, place) => (
        <div key={`${place} ${event.kind}`} className="cancel-on">
          <div className="field-row">
            <Select className="grow" label={t('program.cancelledBy')} allowDeselect={false} disabled={readOnly} value={event.kind} error={at(`cancel_on[${place}].kind`)} data={Object.keys(EVENTS).map((it) => ({ value: it, label: maybe(`event.${it}`, it) }))} onChange={(kind) => kind && put(place, { kind })} />
            {!readOnly && (
              <ActionIcon aria-label={`${t('do.remove')}: ${maybe(`event.${event.kind}`, event.kind)}`} onClick={() => put(place, null)}>
                <IconX />
              </ActionIcon>
            )}
          </div>
          <EventFields event={event} change={(it) => put(place, it)} readOnly={readOnly} at={at} place={`cancel_on[${place}]`} />
        </div>
      ))}
      {!readOnly && (
        <div>
          <Button size="compact-sm" leftSection={<IconPlus />} onClick={() => change([...events, { kind: 'order.placed' }])}>
            {t('program.addCancel')}
          </Button>
        </div>
      )}
    </div>
  )
}
