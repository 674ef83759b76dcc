import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './theme/tokens.css'
import './theme/layout.css'
import './theme/screens.css'
import { MantineProvider } from '@mantine/core'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isPassing, isRefusal } from './api/refusal'
import { Toasts } from './parts/Toasts'
import { makeRouter } from './router'
import { theme, variables } from './theme/theme'
import { Speaking } from './words/speech'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
// What locks the page behind a dialog writes a style of its own, and asks for the nonce by this name (get-nonce).
Object.assign(globalThis, { __webpack_nonce__: nonce })

/** A session that ended while the console was open: ask who is there, which shows the way in. */
function ended(error: unknown, key?: readonly unknown[]) {
  if (isRefusal(error) && error.status === 401 && key?.[0] !== 'session') void queries.invalidateQueries({ queryKey: ['session'] })
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => ended(error, query.queryKey) }),
  mutationCache: new MutationCache({ onError: (error) => ended(error) }),
  defaultOptions: {
    queries: { staleTime: 5_000, retry: (times, error) => isPassing(error) && times < 3, refetchOnWindowFocus: true },
  },
})

const router = makeRouter()
const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <Speaking>
          <Toasts />
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </Speaking>
      </MantineProvider>
    </StrictMode>,
  )
