import { isRefusal } from '../api/refusal'
import { Failure, Loading } from '../parts/states'
import { Shell } from '../shell/Shell'
import { Login } from './Login'
import { useSession } from './session'

/** What is seen by who is logged in, and the way in for others. */
export function Inside() {
  const asked = useSession()
  const status = asked.isError && isRefusal(asked.error) ? asked.error.status : 0
  if (status === 401 || status === 403 || status === 404) return <Login absent={status === 404} />
  // A session that was there stays while the line is gone.
  if (asked.data) return <Shell person={asked.data.person} />
  if (asked.isPending) return <Loading />
  return <Failure error={asked.error} retry={() => void asked.refetch()} />
}
