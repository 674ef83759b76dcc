import { useQuery } from '@tanstack/react-query'
import { mailings } from '../api/ask'

/** When a mailing starts by itself. */
export const useSchedule = (mailing: number, enabled = true) => useQuery({ queryKey: ['schedule', mailing], queryFn: () => mailings.schedule(mailing), staleTime: 30_000, enabled })
