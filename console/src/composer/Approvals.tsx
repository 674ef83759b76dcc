import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ask } from '../api/client'
import type { Session } from '../api/shapes'
import { tellRefusal } from '../parts/notify'
import { useSpeech } from '../words/speech'

interface Given {
  version: number
  approvals: { person: number; name: string; at: string }[]
}

/** Four eyes: who has approved the present version, and the button for who may. An edit asks for approval anew. */
export function Approvals({ mailing, version }: { mailing: number; version: number }) {
  const speech = useSpeech()
  const { t } = speech
  const queries = useQueryClient()
  const me = queries.getQueryData<Session>(['session'])?.person.id
  const path = `v1/mailings/${mailing}/approvals`
  const key = ['approvals', mailing, version]
  const asked = useQuery({ queryKey: key, queryFn: () => ask<Given>('GET', path), retry: false, refetchInterval: 15_000 })
  const approving = useMutation({
    mutationFn: () => ask<Given>('POST', path, undefined, { 'If-Match': `"${version}"` }),
    onError: (error) => tellRefusal(error, speech),
    onSettled: () => void queries.invalidateQueries({ queryKey: key }),
  })
  const given = asked.data?.approvals ?? []
  return (
    <div className="approvals row wrap">
      {given.length > 0 && (
        <span className="badge is-ok">
          <IconCheck aria-hidden />
          {t('approve.done', { names: given.map((it) => it.name).join(', ') })}
        </span>
      )}
      {asked.data && !given.some((it) => it.person === me) && (
        <Button variant="subtle" size="compact-sm" loading={approving.isPending} onClick={() => approving.mutate()}>
          {t('approve.do')}
        </Button>
      )}
    </div>
  )
}
