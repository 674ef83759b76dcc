import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from './schema'
import { Refusal } from './refusal'

/** The console stands at PREFIX/console/ and the API beside it, at PREFIX/v1/, whatever the prefix is. */
export const ROOT = new URL('../', document.baseURI)

/** What the session told: sent back with everything that changes something, so that no other site can. */
const spoken = { csrf: '', language: 'ru' }

export const remember = (csrf: string) => {
  spoken.csrf = csrf
}

export const answerIn = (language: string) => {
  spoken.language = language
}

const manners: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', spoken.language)
    if (request.method !== 'GET' && spoken.csrf) request.headers.set('X-CSRF-Token', spoken.csrf)
    return request
  },
}

export const api = createClient<paths>({ baseUrl: ROOT.href.replace(/\/$/, '') })
api.use(manners)

interface Answered {
  data?: unknown
  error?: unknown
  response: Response
}

/** The data of an answer, or a [Refusal]. The caller says what it is where the schema says only `object`. */
export async function told<T>(asked: Promise<Answered>): Promise<T> {
  const answer = await asked.catch(() => {
    throw Refusal.away()
  })
  if (!answer.response.ok) throw Refusal.of(answer.response.status, answer.error)
  return answer.data as T
}

/** A route that the document of this version does not have yet. */
export const ask = <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> =>
  send<T>(method, path, body === undefined ? undefined : JSON.stringify(body), body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' })

/** The same with a body as it is: a piece of a file. */
export async function send<T>(method: string, path: string, body: BodyInit | undefined, headers: Record<string, string>): Promise<T> {
  const init: RequestInit = { method, headers: { ...headers, 'Accept-Language': spoken.language }, ...(body === undefined ? {} : { body }) }
  const sent = init.headers as Record<string, string>
  if (method !== 'GET' && spoken.csrf) sent['X-CSRF-Token'] = spoken.csrf
  const response = await fetch(new URL(path, ROOT), init).catch(() => {
    throw Refusal.away()
  })
  const text = await response.text()
  const read: unknown = text === '' ? undefined : jsonOrNothing(text)
  if (!response.ok) throw Refusal.of(response.status, read)
  return read as T
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Names a creation, so that it is done once however often it is asked for. */
export const once = () => ({ 'Idempotency-Key': crypto.randomUUID() })
