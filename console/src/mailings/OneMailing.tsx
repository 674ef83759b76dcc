import { useQuery } from '@tanstack/react-query'
import { Navigate, useParams } from '@tanstack/react-router'
import { mailings } from '../api/ask'
import { Told } from '../parts/states'

/** Where a mailing is best looked at in its state. */
export function OneMailing() {
  const { id } = useParams({ strict: false }) as { id: string }
  const asked = useQuery({ queryKey: ['mailing', Number(id)], queryFn: () => mailings.show(Number(id)) })
  return (
    <Told query={asked}>
      {({ state }) => {
        const to = state === 'draft' ? '/mailings/$id/edit' : state === 'finished' || state === 'cancelled' ? '/mailings/$id/statistics' : '/mailings/$id/progress'
        return <Navigate to={to} params={{ id }} replace />
      }}
    </Told>
  )
}
