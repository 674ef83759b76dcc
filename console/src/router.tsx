import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, type RouterHistory } from '@tanstack/react-router'
import { Failure, Loading } from './parts/states'
import { Inside } from './session/Inside'
import { Home } from './shell/Home'

/** Search that a screen reads; anything else in the address is dropped. */
const withFilter = (search: Record<string, unknown>): { filter?: string } => (typeof search['filter'] === 'string' ? { filter: search['filter'] } : {})

const root = createRootRoute({ component: Outlet })
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitations/$token',
  component: lazyRouteComponent(() => import('./session/Invitation'), 'Invitation'),
})
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Inside })
const at = <P extends string>(path: P, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => inside, path, component: lazyRouteComponent(load as never, name as never) as never })

const first = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: Home,
})
const segments = createRoute({
  getParentRoute: () => inside,
  path: '/segments',
  validateSearch: withFilter,
  component: lazyRouteComponent(() => import('./segment/Segments'), 'Segments'),
})
const newMailing = createRoute({
  getParentRoute: () => inside,
  path: '/mailings/new',
  validateSearch: withFilter,
  component: lazyRouteComponent(() => import('./mailings/NewMailing'), 'NewMailing'),
})

const tree = root.addChildren([
  invitation,
  inside.addChildren([
    first,
    segments,
    newMailing,
    at('/mailings', () => import('./mailings/Mailings'), 'Mailings'),
    at('/mailings/calendar', () => import('./mailings/Calendar'), 'Calendar'),
    at('/mailings/$id', () => import('./mailings/OneMailing'), 'OneMailing'),
    at('/mailings/$id/edit', () => import('./composer/Composer'), 'Composer'),
    at('/mailings/$id/progress', () => import('./mailings/Running'), 'Running'),
    at('/mailings/$id/statistics', () => import('./mailings/StatisticsPage'), 'StatisticsPage'),
    at('/programs', () => import('./programs/Programs'), 'Programs'),
    at('/programs/$id', () => import('./programs/Editor'), 'Editor'),
    at('/programs/$id/rehearsal', () => import('./programs/Rehearsal'), 'Rehearsal'),
    at('/programs/$id/journal', () => import('./programs/Journal'), 'Journal'),
    at('/programs/$id/statistics', () => import('./programs/ProgramStatistics'), 'ProgramStatistics'),
    at('/guests', () => import('./guests/Guests'), 'Guests'),
    at('/guests/$id', () => import('./guests/GuestCard'), 'GuestCard'),
    at('/senders', () => import('./settings/Senders'), 'Senders'),
    at('/settings', () => import('./settings/Organisation'), 'Organisation'),
    at('/people', () => import('./settings/People'), 'People'),
    at('/keys', () => import('./settings/Keys'), 'Keys'),
    at('/import', () => import('./imports/Import'), 'Import'),
    at('/reports', () => import('./reports/Report'), 'Report'),
    at('/landings', () => import('./landings/Landings'), 'Landings'),
    at('/promo-codes', () => import('./promos/Promos'), 'Promos'),
    at('/promo-codes/$list', () => import('./promos/GivenCodes'), 'GivenCodes'),
    at('/webhooks', () => import('./webhooks/Webhooks'), 'Webhooks'),
    at('/webhooks/$id', () => import('./webhooks/Deliveries'), 'Deliveries'),
    at('/audit', () => import('./settings/Audit'), 'Audit'),
  ]),
])

/** The router of the page; a test gives a history of its own. */
export const makeRouter = (history?: RouterHistory) => createRouter({
  routeTree: tree,
  ...(history ? { history, isServer: true } : {}),
  basepath: new URL(document.baseURI).pathname.replace(/\/$/, ''),
  // Plain texts: a filter in an address is one, and is read by the screen that knows what it is.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const written = new URLSearchParams(Object.entries(search as Record<string, string | undefined>).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))).toString()
    return written ? `?${written}` : ''
  },
  defaultPreload: 'intent',
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
  defaultPendingComponent: () => <Loading />,
  defaultNotFoundComponent: () => <Missing />,
  scrollRestoration: true,
})

function Missing() {
  return <Failure error={MISSING} />
}

import { Refusal } from './api/refusal'
const MISSING = new Refusal(404, 'path_unknown', '')

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
