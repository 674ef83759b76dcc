import { IconChevronLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Page } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { programs, type ListedProgram } from './ask'
import { ProgramBadge } from './marks'

export function useProgram() {
  const { id: written } = useParams({ strict: false }) as { id: string }
  const id = Number(written)
  return useQuery({ queryKey: ['program', id], queryFn: () => programs.show(id) })
}

/** The sides of a program that one may see. */
export function Sides({ program }: { program: ListedProgram }) {
  const { t } = useSpeech()
  const may = useMay()
  const params = { id: String(program.id) }
  const sides = [
    ['/programs/$id', 'program.definition', true],
    ['/programs/$id/rehearsal', 'program.rehearsal', true],
    ['/programs/$id/journal', 'program.journal', may('guests_read')],
    ['/programs/$id/statistics', 'run.statistics', may('statistics')],
  ] as const
  return (
    <nav className="sides" aria-label={program.name}>
      {sides.map(
        ([to, word, open]) =>
          open && (
            <Link key={to} to={to} params={params} activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
              {t(word)}
            </Link>
          ),
      )}
    </nav>
  )
}

export function ProgramFrame({ program, about, actions, children }: { program: ListedProgram; about?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { t } = useSpeech()
  return (
    <Page
      title={program.name}
      back={
        <Link className="back" to="/programs" aria-label={t('program.title')}>
          <IconChevronLeft aria-hidden />
        </Link>
      }
      sub={<ProgramBadge state={program.state} />}
      actions={actions}
    >
      <div className="head-about">
        <Sides program={program} />
        {about}
      </div>
      {children}
    </Page>
  )
}
