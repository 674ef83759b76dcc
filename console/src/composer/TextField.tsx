import { ActionIcon, Button, Popover, Select, Textarea, TextInput } from '@mantine/core'
import { IconLink, IconMoodSmile, IconPlus } from '@tabler/icons-react'
import { useContext, useRef, useState } from 'react'
import { useSpeech } from '../words/speech'
import { ChipEditor, type Insertion } from './ChipEditor'
import { plural, variable, vary } from './chips'
import { MoreVariables } from './variables'

const VARIABLES = ['name', 'greeting', 'last_dish', 'promo_code', 'bonus_amount', 'valid_to', 'days_left'] as const
const NUMBERS = ['bonus_amount', 'days_left'] as const
const EMOJI = ['🍕', '🍣', '🍔', '🥗', '🍰', '☕', '🎁', '🎉', '❤️', '😋', '🔥', '👋', '⭐', '🛵', '🥟', '🍜']

interface Props {
  label: string
  value: string
  change: (text: string) => void
  readOnly: boolean
  error?: string | undefined
  single?: boolean
  withLink?: boolean
}

/** A text of a message with what may be put into it. */
export function TextField({ label, value, change, readOnly, error, single, withLink }: Props) {
  const { t, maybe } = useSpeech()
  const more = useContext(MoreVariables)
  const editor = useRef<Insertion>(null)
  const [open, setOpen] = useState<'variable' | 'vary' | 'plural' | 'emoji' | null>(null)
  const [chosen, setChosen] = useState<{ name: string; fallback: string; element: HTMLElement | null }>({ name: 'name', fallback: '', element: null })
  const put = (source: string, instead?: HTMLElement | null) => {
    editor.current?.insert(source, instead)
    setOpen(null)
  }
  const popover = (what: NonNullable<typeof open>) => ({ opened: open === what, onChange: (it: boolean) => setOpen(it ? what : null), trapFocus: true, withinPortal: true, shadow: 'md', width: 300 })
  const toggle = (what: NonNullable<typeof open>) => () => {
    setChosen({ name: 'name', fallback: '', element: null })
    setOpen(open === what ? null : what)
  }
  return (
    <div>
      <span className="label">{label}</span>
      <div className="editor">
        {!readOnly && (
          <div className="editor-tools" role="toolbar" aria-label={`${t('what.insert')}: ${label}`}>
            <Popover {...popover('variable')}>
              <Popover.Target>
                <Button variant="subtle" size="compact-sm" leftSection={<IconPlus />} onClick={toggle('variable')}>
                  {t('what.variable')}
                </Button>
              </Popover.Target>
              <Popover.Dropdown>
                <form
                  className="stack"
                  onSubmit={(event) => {
                    event.preventDefault()
                    put(variable(chosen.name, chosen.fallback), chosen.element)
                  }}
                >
                  <Select
                    label={t('what.variable')}
                    value={chosen.name}
                    allowDeselect={false}
                    comboboxProps={{ withinPortal: false }}
                    data={[...new Set([...VARIABLES, ...more, chosen.name])].map((it) => ({ value: it, label: maybe(`variable.${it}`, it) }))}
                    onChange={(name) => setChosen({ ...chosen, name: name ?? 'name' })}
                  />
                  <TextInput label={t('what.fallback')} value={chosen.fallback} onChange={(event) => setChosen({ ...chosen, fallback: event.currentTarget.value })} />
                  <Button type="submit" variant="filled">
                    {t('what.insert')}
                  </Button>
                </form>
              </Popover.Dropdown>
            </Popover>
            <Popover {...popover('vary')}>
              <Popover.Target>
                <Button variant="subtle" size="compact-sm" onClick={toggle('vary')}>
                  {t('what.variants')}
                </Button>
              </Popover.Target>
              <Popover.Dropdown>
                <Variants put={put} />
              </Popover.Dropdown>
            </Popover>
            <Popover {...popover('plural')}>
              <Popover.Target>
                <Button variant="subtle" size="compact-sm" onClick={toggle('plural')}>
                  {t('what.plural')}
                </Button>
              </Popover.Target>
              <Popover.Dropdown>
                <Plural put={put} />
              </Popover.Dropdown>
            </Popover>
            <span className="grow" />
            <Popover {...popover('emoji')}>
              <Popover.Target>
                <ActionIcon size="sm" aria-label={t('what.emoji')} onClick={toggle('emoji')}>
                  <IconMoodSmile />
                </ActionIcon>
              </Popover.Target>
              <Popover.Dropdown>
                <div className="emoji">
                  {EMOJI.map((it) => (
                    <button key={it} type="button" onClick={() => put(it)}>
                      {it}
                    </button>
                  ))}
                </div>
              </Popover.Dropdown>
            </Popover>
            {withLink && (
              <ActionIcon size="sm" aria-label={t('what.insertLink')} onClick={() => put('{link}')}>
                <IconLink />
              </ActionIcon>
            )}
          </div>
        )}
        <ChipEditor
          ref={editor}
          label={label}
          value={value}
          change={change}
          readOnly={readOnly}
          error={error}
          {...(single ? { single } : {})}
          onChip={(chip, element) => {
            if (readOnly || chip.kind !== 'variable' || chip.name === 'link') return
            setChosen({ name: chip.name, fallback: chip.fallback ?? '', element })
            setOpen('variable')
          }}
        />
        <p className="editor-foot">{t('count.characters', { n: [...value].length })}</p>
      </div>
    </div>
  )
}

function Variants({ put }: { put: (source: string) => void }) {
  const { t } = useSpeech()
  const [text, setText] = useState('')
  const variants = text.split('\n').map((it) => it.trim()).filter(Boolean)
  return (
    <div className="stack">
      <Textarea label={t('what.variants')} description={t('what.variantsWhy')} autosize minRows={3} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Button variant="filled" disabled={variants.length < 2} onClick={() => put(vary(variants))}>
        {t('what.insert')}
      </Button>
    </div>
  )
}

function Plural({ put }: { put: (source: string) => void }) {
  const { t, language } = useSpeech()
  const [name, setName] = useState<string>('bonus_amount')
  const [text, setText] = useState('')
  const forms = text.split(',').map((it) => it.trim()).filter(Boolean)
  return (
    <div className="stack">
      <Select label={t('what.pluralOf')} value={name} allowDeselect={false} comboboxProps={{ withinPortal: false }} data={NUMBERS.map((it) => ({ value: it, label: t(`variable.${it}`) }))} onChange={(it) => setName(it ?? 'bonus_amount')} />
      <TextInput label={t('what.pluralForms')} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Button variant="filled" disabled={forms.length < (language === 'ru' ? 3 : 2)} onClick={() => put(plural(name, forms))}>
        {t('what.insert')}
      </Button>
    </div>
  )
}
