// A provider of OpenID Connect by other hands, certified by the OpenID Foundation: any e-mail may log in, and that of VERA nobody has verified.
// Usage: provider.mjs PORT WAY-BACK SECRET VERA
import Provider from 'oidc-provider'
const [port, back, secret, vera] = process.argv.slice(2)
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'bell hop', client_secret: secret, redirect_uris: [back], grant_types: ['authorization_code'], response_types: ['code'] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id, email: id, email_verified: id !== vera }) }),
  cookies: { keys: [secret] },
})
provider.listen(Number(port), '127.0.0.1')
