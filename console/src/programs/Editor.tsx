import { Button, Checkbox, NumberInput, Select, TextInput } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import type { Channel, Filter } from '../api/shapes'
import { Conflict } from '../composer/Conflict'
import { canonical } from '../composer/merge'
import { MoreVariables } from '../composer/variables'
import { What } from '../composer/What'
import { Card } from '../parts/marks'
import { Told } from '../parts/states'
import { Builder } from '../segment/Builder'
import { filterOf, treeOf } from '../segment/tree'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import type { Program } from './ask'
import { without, type Definition } from './definition'
import { variablesOf } from './events'
import { Sides, useProgram } from './frame'
import { ProgramBadge } from './marks'
import { Sum } from './Sum'
import { HowOften, Trigger, type Editing } from './Trigger'
import { useDefinition } from './useDefinition'

export function Editor() {
  const asked = useProgram()
  return <Told query={asked}>{(program) => <EditorOf key={program.id} program={program} />}</Told>
}

const blockOf = (place: string) =>
  place.startsWith('trigger') || place.startsWith('delay') || place.startsWith('values') ? 'fires' : /^(again|late|restarts|cancel_on)/.test(place) ? 'often' : place.startsWith('audience') ? 'who' : place.startsWith('guard') ? 'guard' : 'what'

function EditorOf({ program }: { program: Program }) {
  const { t } = useSpeech()
  const may = useMay()
  const draft = useDefinition(program)
  const { definition, change, faults } = draft
  const [channel, setChannel] = useState<Channel | null>(definition.waterfall[0]?.channel ?? null)
  const readOnly = !may('mailings')
  const at = (place: string) => faults.find((it) => it.place === place)?.problem
  const put = (part: Partial<Definition>) => change(without({ ...definition, ...part }) as Definition)
  const editing: Editing = { definition, change, readOnly, at }
  const goTo = (place: string) => {
    if (place.startsWith('contents.')) setChannel((place.split('.')[1] ?? null) as Channel | null)
    const block = document.getElementById(blockOf(place))
    block?.scrollIntoView({ block: 'start', behavior: 'smooth' })
    block?.querySelector<HTMLElement>('[aria-invalid], [role="textbox"], input, button')?.focus({ preventScroll: true })
  }
  return (
    <div className="compose">
      <div className="work">
        <div className="page-head">
          <Link className="back" to="/programs" aria-label={t('program.title')}>
            <IconChevronLeft aria-hidden />
          </Link>
          <h1 className="hidden-visually">{definition.name}</h1>
          <input className="name-input" aria-label={t('program.name')} value={definition.name} readOnly={readOnly} onChange={(event) => put({ name: event.currentTarget.value })} />
          <ProgramBadge state={program.state} />
        </div>
        <div className="head-about">
          <Sides program={program} />
        </div>
        {draft.recovered && draft.changed && <p className="notice is-info">{t('compose.recovered')}</p>}
        {draft.theirs && <Conflict base={draft.base} mine={definition} theirs={draft.theirs.definition} settle={draft.settle} />}
        <Card id="fires" title={t('program.fires')}>
          <Trigger {...editing} />
        </Card>
        <FilterCard id="who" title={t('who.title')} why={t('program.whoWhy')} filter={definition.audience} readOnly={readOnly} change={(audience) => put({ audience: Object.keys(audience).length > 0 ? audience : undefined })} />
        <Card id="often" title={t('program.often')}>
          <HowOften {...editing} />
        </Card>
        <Guard {...editing} />
        <Card id="what" title={t('what.title')}>
          <MoreVariables value={variablesOf(definition.trigger.event?.kind, definition.values)}>
            <What file={definition} put={(part) => put(part)} channel={channel} choose={setChannel} readOnly={readOnly} faults={faults} />
          </MoreVariables>
          <Rest {...editing} />
        </Card>
      </div>
      <Sum program={program} draft={draft} goTo={goTo} />
    </div>
  )
}

function FilterCard({ id, title, why, filter, change, readOnly, aside }: { id: string; title: string; why: string; filter: Filter | undefined; change: (filter: Filter) => void; readOnly: boolean; aside?: ReactNode }) {
  const [root, setRoot] = useState(() => treeOf(filter))
  // The conditions were changed by somebody else's edit, not here.
  if (canonical(filterOf(root)) !== canonical(filterOf(treeOf(filter)))) setRoot(treeOf(filter))
  return (
    <Card id={id} title={title} aside={aside ?? <span className="small muted">{why}</span>}>
      <Builder
        root={root}
        readOnly={readOnly}
        change={(next) => {
          setRoot(next)
          change(filterOf(next))
        }}
      />
    </Card>
  )
}

/** Asked again when a message is let go; the audience if it is not said. */
function Guard({ definition, change, readOnly }: Editing) {
  const { t } = useSpeech()
  const put = (guard: Filter | undefined) => change(without({ ...definition, guard }) as Definition)
  if (definition.guard)
    return (
      <FilterCard
        id="guard"
        title={t('program.guard')}
        why={t('program.guardWhy')}
        filter={definition.guard}
        readOnly={readOnly}
        change={put}
        {...(readOnly
          ? {}
          : {
              aside: (
                <Button variant="subtle" size="compact-sm" onClick={() => put(undefined)}>
                  {t('program.guardAsAudience')}
                </Button>
              ),
            })}
      />
    )
  return (
    <Card id="guard" title={t('program.guard')} aside={<span className="small muted">{t('program.guardWhy')}</span>}>
      <div className="card-body">
        <Checkbox label={t('program.guardAsAudience')} description={t('program.guardAsAudienceWhy')} checked disabled={readOnly} onChange={() => put(definition.audience ?? {})} />
      </div>
    </Card>
  )
}

/** What a message is, how long it lives, and the bonuses that it tells of. */
function Rest({ definition, change, readOnly, at }: Editing) {
  const { t } = useSpeech()
  const put = (part: Partial<Definition>) => change(without({ ...definition, ...part }) as Definition)
  const grant = definition.grant
  return (
    <div className="fields">
      <Select label={t('program.purpose')} description={t('program.purposeWhy')} allowDeselect={false} disabled={readOnly} value={definition.purpose ?? 'marketing'} error={at('purpose')} data={(['marketing', 'notification'] as const).map((it) => ({ value: it, label: t(`purpose.${it}`) }))} onChange={(purpose) => put({ purpose: purpose ?? undefined })} />
      <NumberInput label={t('program.grant')} description={t('program.grantWhy')} min={1} hideControls thousandSeparator=" " disabled={readOnly} value={grant?.bonuses === undefined ? '' : Number(grant.bonuses)} error={at('grant.bonuses')} onChange={(it) => put({ grant: it === '' ? undefined : { ...grant, bonuses: Number(it) } })} />
      {grant && <NumberInput label={t('program.grantDays')} description={t('program.grantDaysWhy')} min={1} hideControls disabled={readOnly} value={grant.days ?? ''} error={at('grant.days')} onChange={(it) => put({ grant: without({ ...grant, days: it === '' ? undefined : Number(it) }) })} />}
      <TextInput label={t('program.promoCodes')} description={t('program.promoCodesWhy')} readOnly={readOnly} value={definition.promo_codes ?? ''} error={at('promo_codes')} onChange={(event) => put({ promo_codes: event.currentTarget.value || undefined })} />
      <NumberInput label={t('when.life')} description={t('program.lifeWhy')} min={1} hideControls thousandSeparator=" " disabled={readOnly} value={definition.expires_after_minutes ?? 1440} error={at('expires_after_minutes')} onChange={(it) => put({ expires_after_minutes: Number(it) || 1 })} />
      {definition.purpose === 'notification' && <Checkbox label={t('program.quiet')} description={t('program.quietWhy')} disabled={readOnly} checked={definition.quiet_hours ?? false} onChange={(event) => put({ quiet_hours: event.currentTarget.checked || undefined })} />}
    </div>
  )
}
