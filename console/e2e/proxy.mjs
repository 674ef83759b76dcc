// What stands before Bellhop in earnest: TLS, and a path prefix that is taken away.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate that nobody has signed; the browser is told to take it. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'console-proxy-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const read = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return read
}

/** Listens at a port and hands what comes under the prefix to the target; the rest is not here. */
export async function proxied(port, prefix, target) {
  const to = new URL(target)
  const server = createServer(certificate(), (incoming, outgoing) => {
    if (!incoming.url.startsWith(`${prefix}/`)) return outgoing.writeHead(404).end()
    const forwarded = request(
      { host: to.hostname, port: to.port, method: incoming.method, path: incoming.url.slice(prefix.length), headers: { ...incoming.headers, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' } },
      (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers)
        answer.pipe(outgoing)
      },
    )
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  await new Promise((done) => server.listen(port, '127.0.0.1', done))
  return { stop: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) }
}
