import { Navigate } from '@tanstack/react-router'
import { Empty } from '../parts/states'
import { useMay } from '../session/session'
import { useSpeech } from '../words/speech'
import { PLACES } from './places'

/** The first room that one may enter: an operator has no mailings to look at. */
export function Home() {
  const { t } = useSpeech()
  const may = useMay()
  const first = PLACES.find((place) => may(place.right))
  return first ? <Navigate to={first.to} replace /> : <Empty title={t('state.forbidden')} why={t('state.forbiddenWhy')} />
}
