import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { audience } from '../api/ask'
import type { Filter } from '../api/shapes'
import { useSpeech } from '../words/speech'

/** A few of the guests whom a filter lets in. */
export function useSamples(filter: Filter) {
  const [asked] = useDebouncedValue(JSON.stringify(filter), 400)
  return useQuery({ queryKey: ['sample', asked], queryFn: () => audience.sample(JSON.parse(asked) as Filter), staleTime: 60_000, retry: false })
}

export function Samples({ filter }: { filter: Filter }) {
  const { t } = useSpeech()
  const { data } = useSamples(filter)
  if (!data) return null
  return (
    <p className="samples">
      {data.length === 0 ? t('segment.nobodyFits') : t('segment.sample')}{' '}
      {data.map((guest) => (
        <Link key={guest.customer} className="opens" to="/guests/$id" params={{ id: guest.customer }}>
          {guest.name || guest.customer}
        </Link>
      ))}
    </p>
  )
}
