// A real Bellhop with simulated providers and guests, in a folder of its own.
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as listener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PATIENCE } from './browser.mjs'

const HERE = new URL('../..', import.meta.url).pathname
const BELLHOP = process.env.BELLHOP_BIN ?? join(HERE, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/bellhop')
export const GUESTS = 240

export const free = () =>
  new Promise((done) => {
    const server = listener()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

/**
 * `public_url` is where people come from, if a proxy stands before it. `guests` are imported with an order each.
 */
export async function stage({ guests = GUESTS, publicUrl } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'console-e2e-'))
  const [api, operations, fcm, sms, admin] = [await free(), await free(), await free(), await free(), await free()]
  const url = `http://127.0.0.1:${api}`
  let toml = readFileSync(join(HERE, 'docs/quick-start/bellhop.toml'), 'utf8')
  for (const [from, to] of [[8030, fcm], [8031, sms], [8039, admin], [8080, api]]) toml = toml.replaceAll(`127.0.0.1:${from}`, `127.0.0.1:${to}`)
  toml = `[http]\nlisten = "127.0.0.1:${api}"\noperations_listen = "127.0.0.1:${operations}"\npublic_url = "${publicUrl ?? url}"\n\n${toml}`
  toml = toml.replace('rate = "30/s"', 'rate = "3/s"')
  writeFileSync(join(folder, 'bellhop.toml'), toml)
  writeFileSync(join(folder, 'password'), readFileSync(join(HERE, 'docs/quick-start/password')))
  const old = new Date(Date.now() - 60 * 86_400_000).toISOString().slice(0, 10)
  table(join(folder, 'guests.csv'), 'customer_id,name,phone,fcm_token,marketing_consent', guests, (n) => `${n},Гость ${n},+7999${String(n).padStart(7, '0')},${n % 4 ? `token-${n}` : ''},yes`)
  table(join(folder, 'orders.csv'), 'order_id,customer_id,placed_at,total,status', guests, (n) => `o${n},${n},${old} 12:00,${500 + (n % 3000)},delivered`)
  const env = { ...process.env, BELLHOP_CONFIG: join(folder, 'bellhop.toml') }
  const run = (...args) => execFileSync(BELLHOP, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'inherit'] })
  env.BELLHOP__SIMULATOR__PEOPLE__API_KEY = run('api-key', 'create', 'simulator').trim().split('\n')[0]
  const children = []
  const start = (name, ...args) => {
    const child = spawn(BELLHOP, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.log = ''
    child.stdout.on('data', (it) => (child.log += it))
    child.stderr.on('data', (it) => (child.log += it))
    child.on('exit', (code) => code && console.error(`${name} ended with ${code}\n${child.log.slice(-2000)}`))
    children.push(child)
    return child
  }
  // Whatever fails, nothing goes on running.
  process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')))
  start('simulator', 'simulator')
  run('import', 'customers', 'guests.csv')
  run('import', 'orders', 'orders.csv')
  const invite = (email, role) => JSON.parse(run('user', 'invite', email, '--role', role, '--json')).link
  start('up', 'up')
  await answers(`${url}/healthz`)
  // DEV=1: the console as its sources are, served by Vite before the program, so that neither has to be built.
  const dev = process.env.DEV ? await served(url) : null
  const origin = dev?.origin ?? url
  return {
    url: origin,
    console: `${origin}/console/`,
    folder,
    run,
    invite: (email, role) => invite(email, role).replace(url, origin),
    async stop() {
      await dev?.server.close()
      const ended = children.map((child) => new Promise((done) => child.on('exit', done)))
      for (const child of children) child.kill('SIGTERM')
      await Promise.all(ended)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function served(url) {
  process.env.BELLHOP_URL = url
  const { createServer } = await import('vite')
  const server = await createServer({ root: join(HERE, 'console'), server: { port: 0, host: '127.0.0.1' }, logLevel: 'error' })
  await server.listen()
  return { server, origin: new URL(server.resolvedUrls.local[0]).origin }
}

/** A table of so many rows, written a few thousand at a time. */
function table(path, head, rows, row) {
  writeFileSync(path, `${head}\n`)
  for (let at = 1; at <= rows; at += 5000) appendFileSync(path, Array.from({ length: Math.min(5000, rows - at + 1) }, (_, n) => `${row(at + n)}\n`).join(''))
}

async function answers(url) {
  const until = Date.now() + PATIENCE
  for (;;) {
    const ok = await fetch(url).then((it) => it.ok, () => false)
    if (ok) return
    if (Date.now() > until) throw new Error(`${url} does not answer`)
    await new Promise((done) => setTimeout(done, 100))
  }
}
