import type { IncomingMessage } from 'node:http'
import type { Plugin } from 'vite'
import { answer } from './answers.ts'

/** Bellhop's API played in memory: `npm run dev:mock` needs no server. It is for looks; what is true is tested over the real one. */
export function mock(): Plugin {
  return {
    name: 'mock',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? '/', 'http://mock')
        if (!url.pathname.startsWith('/v1/')) return next()
        void read(request).then((body) => {
          const told = answer(request.method ?? 'GET', url, body, request.headers)
          response.statusCode = told.status
          response.setHeader('Content-Type', told.status < 400 ? 'application/json' : 'application/problem+json')
          response.end(JSON.stringify(told.body))
        })
      })
    },
  }
}

async function read(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
