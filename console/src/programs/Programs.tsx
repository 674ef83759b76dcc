import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Card, ChannelMark } from '../parts/marks'
import { tellRefusal } from '../parts/notify'
import { Empty, Page, Told } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { programs, type ListedProgram } from './ask'
import type { Definition } from './definition'
import { brought } from './figures'
import { ProgramBadge } from './marks'
import { triggerSays } from './say'
import { Switch } from './Switch'

/** Days over which a card's firings are counted. */
const DAYS = 30

/** Own programs with what they brought, and what there is to begin from. */
export function Programs() {
  const { t } = useSpeech()
  const may = useMay()
  const own = useQuery({ queryKey: ['programs'], queryFn: programs.list, refetchInterval: 30_000 })
  return (
    <Page title={t('program.title')}>
      <p className="head-about">{t('program.about')}</p>
      <Told query={own}>
        {(all) =>
          all.length === 0 ? (
            <section className="card">
              <Empty title={t('program.empty')} why={t('program.emptyWhy')} />
            </section>
          ) : (
            <div className="cards">
              {all.map((it) => (
                <ProgramCard key={it.id} program={it} />
              ))}
            </div>
          )
        }
      </Told>
      {may('mailings') && <Presets />}
    </Page>
  )
}

function ProgramCard({ program }: { program: ListedProgram }) {
  const speech = useSpeech()
  const { t, number, money } = speech
  const may = useMay()
  const shown = useQuery({ queryKey: ['program', program.id], queryFn: () => programs.show(program.id), staleTime: 30_000 })
  const figures = useQuery({ queryKey: ['program', program.id, 'statistics', DAYS], queryFn: () => programs.statistics(program.id, DAYS), enabled: may('statistics'), staleTime: 30_000 })
  const params = { id: String(program.id) }
  const it = figures.data
  const total = it && brought(it)
  return (
    <Card
      className="program"
      title={
        <Link className="name" data-row to="/programs/$id" params={params}>
          {program.name}
        </Link>
      }
      aside={<ProgramBadge state={program.state} />}
    >
      <div className="card-body">
        <p className="trigger">{shown.data ? triggerSays(shown.data.definition, speech) : '…'}</p>
        <p className="about">{shown.data?.definition.waterfall.map((step) => <ChannelMark key={step.channel} channel={step.channel} />)}</p>
      </div>
      <dl className="tiles">
        {(
          [
            ['program.sent', it && number(it.sent), 'program.sentHelp'],
            ['program.notSent', it && number(it.skipped + it.cancelled), 'program.notSentHelp'],
            ['mailings.orders', total && number(total.orders), 'mailings.ordersHelp'],
            ['mailings.revenue', total && money(total.revenue), 'program.revenueHelp'],
          ] as const
        ).map(([word, value, help]) => (
          <div key={word}>
            <dt title={t(help)} className="has-help">
              {t(word)}
            </dt>
            <dd>{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
      <div className="foot">
        <span>{shown.data && shown.data.waiting > 0 ? t('program.waiting', { n: shown.data.waiting }) : t('program.lastDays', { n: DAYS })}</span>
        {may('launch') && <Switch program={program} waiting={shown.data?.waiting ?? 0} small />}
      </div>
    </Card>
  )
}

function Presets() {
  const speech = useSpeech()
  const { t, maybe } = speech
  const go = useNavigate()
  const queries = useQueryClient()
  const asked = useQuery({ queryKey: ['programs', 'presets'], queryFn: programs.presets, staleTime: Infinity })
  const making = useMutation({
    mutationFn: (definition: Definition) => programs.create(definition),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: (made) => {
      queries.setQueryData(['program', made.id], made)
      void queries.invalidateQueries({ queryKey: ['programs'] })
      void go({ to: '/programs/$id', params: { id: String(made.id) } })
    },
  })
  return (
    <>
      <h2 className="section">{t('program.presets')}</h2>
      <Told query={asked}>
        {(presets) => (
          <div className="cards is-small">
            {presets.map(({ preset, definition }) => {
              const name = maybe(`preset.${preset}`, definition.name)
              return (
                <section key={preset} className="card preset" aria-label={name}>
                  <h3>{name}</h3>
                  <p className="muted small">{triggerSays(definition, speech)}</p>
                  <p className="about">
                    {definition.waterfall.map((step) => (
                      <ChannelMark key={step.channel} channel={step.channel} />
                    ))}
                  </p>
                  <Button size="xs" leftSection={<IconPlus />} aria-label={t('program.takeNamed', { name })} loading={making.isPending && making.variables === definition} onClick={() => making.mutate(definition)}>
                    {t('program.take')}
                  </Button>
                </section>
              )
            })}
          </div>
        )}
      </Told>
    </>
  )
}
