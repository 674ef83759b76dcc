import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { renderToString } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answer } from '../dev/answers.ts'

// What a screen asks is answered by the API as `npm run dev:mock` plays it, and each is drawn as it is then. No browser: what is
// looked at here is that nothing breaks and nothing is left unsaid; how it looks and works, the e2e tests see.
const SCREENS = [
  'mailings', 'mailings/calendar', 'mailings/4/edit', 'mailings/1/progress', 'mailings/5/statistics', 'programs', 'programs/1', 'programs/1/rehearsal', 'programs/1/journal', 'programs/1/statistics',
  'guests', 'guests/4711', 'segments', 'import', 'promo-codes', 'promo-codes/november', 'landings', 'reports', 'senders', 'settings', 'people', 'keys', 'webhooks', 'webhooks/1', 'audit',
]

const played = (request: Request | URL | string, init?: RequestInit) => {
  const it = new Request(request, init)
  return it.text().then((text) => {
    const told = answer(it.method, new URL(it.url), text ? JSON.parse(text) : undefined, Object.fromEntries(it.headers))
    return new Response(JSON.stringify(told.body), { status: told.status, headers: { 'Content-Type': 'application/json' } })
  })
}

beforeEach(() => {
  vi.stubGlobal('document', { baseURI: 'http://mock/console/', documentElement: {} })
  vi.stubGlobal('navigator', { language: 'en', onLine: true })
  vi.stubGlobal('fetch', played)
  vi.stubGlobal('self', {})
})
afterEach(() => vi.unstubAllGlobals())

async function drawn(path: string, language: string): Promise<string> {
  vi.stubGlobal('localStorage', { getItem: (key: string) => (key === 'bellhop.language' ? language : null), setItem: () => {}, removeItem: () => {} })
  const [{ makeRouter }, { Speaking }] = await Promise.all([import('./router'), import('./words/speech')])
  const router = makeRouter(createMemoryHistory({ initialEntries: [`/console/${path}`] }))
  await router.load()
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const draw = () =>
    renderToString(
      <MantineProvider>
        <Speaking>
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </Speaking>
      </MantineProvider>,
    )
  // Each pass asks for what the one before it wanted.
  for (let pass = 0; pass < 4; pass += 1) {
    draw()
    await Promise.all(queries.getQueryCache().getAll().filter((it) => it.state.status === 'pending').map((it) => it.fetch().catch(() => undefined)))
  }
  return draw()
}

describe.each(['ru', 'en'])('in %s', (language) => {
  it.each(SCREENS)('%s is drawn with what it was told', async (path) => {
    const html = await drawn(path, language)
    expect(html).not.toMatch(/role="alert"/)
    expect(html.replaceAll(/<(pre|code|style)[\s\S]*?<\/\1>/g, '')).not.toMatch(/undefined|\[object|NaN/)
    expect(html).toContain('<h1')
  }, 60_000)
})
