// Stored XSS: whatever guests, cash desks and colleagues wrote is text in a marketer's browser. Every screen that shows it is opened, in a
// Chromium, with names that run as script wherever a page takes them for HTML.
import { strict as assert } from 'node:assert'
import { opened } from './browser.mjs'
import { stage } from './stage.mjs'

const HOSTILE = `"'><img src=x onerror="window.ran=1"><svg onload="window.ran=1"></svg><script>window.ran=1</script>{{7*7}}`
const ID = '<b>guest</b>'
const place = await stage()
const browser = await opened()
try {
  const scopes = ['mailings', 'mailings_read', 'launch', 'statistics', 'guests', 'guests_read', 'orders', 'events', 'consents', 'settings', 'people', 'keys', 'audit']
  const key = place.run('api-key', 'create', 'attacker', '--scopes', scopes.join(',')).trim().split('\n')[0]
  const done = async (method, path, body) => {
    const answer = await fetch(place.url + path, { method, body: JSON.stringify(body), headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } })
    const told = await answer.json()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(told)}`)
    return told
  }
  const guest = `/v1/guests/${encodeURIComponent(ID)}`
  await done('PUT', guest, { name: HOSTILE, phones: ['+79995550099'], tags: [HOSTILE.slice(0, 60)], attributes: { city: HOSTILE } })
  await done('POST', '/v1/consents', { customer_id: ID, purpose: 'marketing', given: true, how: HOSTILE, text_version: HOSTILE })
  const items = [{ dish: HOSTILE, category: HOSTILE, quantity: 1, price: 100 }]
  const placed_at = new Date(Date.now() - 40 * 86_400_000).toISOString()
  await done('POST', '/v1/orders', { orders: [{ order_id: HOSTILE, customer_id: ID, placed_at, total: 100, restaurant: HOSTILE, status: 'delivered', source: HOSTILE, items }] })
  const file = { name: HOSTILE, audience: { all: [] }, contents: { sms: { text: `${HOSTILE.replace('{{7*7}}', '')} [name|x]` } }, waterfall: [{ channel: 'sms' }] }
  const mailing = await done('POST', '/v1/mailings', file)
  const definition = { name: HOSTILE, trigger: { event: { kind: 'order.delivered' } }, again: { once_per: 'order' }, contents: file.contents, waterfall: file.waterfall }
  const program = await done('POST', '/v1/programs', definition)
  await done('POST', '/v1/landings', { name: HOSTILE.slice(0, 90), title: HOSTILE.replace('{{7*7}}', ''), text: HOSTILE.replace('{{7*7}}', ''), at_entry: true })
  await done('PUT', '/v1/promo-tags/HOSTILE', { tags: [HOSTILE.slice(0, 60)] })
  await done('PUT', `${guest}/blacklist`, { reason: HOSTILE })
  await done('POST', '/v1/senders/sms/pause', { reason: HOSTILE })
  await done('POST', '/v1/keys', { name: HOSTILE.slice(0, 60), scopes: ['orders'] })
  const { link } = await done('POST', '/v1/people/invitations', { email: 'eve@brand.example', role: 'viewer' })
  const come = (link, name) =>
    fetch(`${place.url}/v1/invitations/${link.split('/').at(-1)}`, { method: 'POST', body: JSON.stringify({ name, password: 'kettle on the roof' }), headers: { 'content-type': 'application/json' } })
  assert.equal((await come(link, HOSTILE.slice(0, 90))).status, 200)

  const entered = await come(place.invite('anna@example.com', 'administrator'), 'Anna')
  const [name, value] = entered.headers.get('set-cookie').split(';')[0].split('=')
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1440, height: 1000 } })
  await context.addCookies([{ name, value, url: place.url }])
  const page = await context.newPage()
  const troubles = []
  page.on('dialog', (it) => troubles.push(`a dialog: ${it.message()}`) && it.dismiss())
  page.on('console', (it) => /Content Security Policy/.test(it.text()) && troubles.push(it.text()))
  const screens = ['mailings', `mailings/${mailing.id}`, `mailings/${mailing.id}/edit`, 'guests', `guests/${encodeURIComponent(ID)}`, 'senders', 'settings', 'people', 'keys', 'audit', 'segments', 'programs', `programs/${program.id}`, `programs/${program.id}/journal`, 'landings', 'promo-codes', 'webhooks', 'mailings/calendar', 'reports', 'import']
  let shown = 0
  for (const screen of screens) {
    await page.goto(place.console + screen)
    await page.locator('main, [role=main]').first().waitFor()
    await page.waitForLoadState('networkidle')
    const seen = await page.evaluate(() => ({ ran: window.ran, made: document.querySelectorAll('img[src="x"], svg[onload], [onerror]').length, text: document.body.innerText, fields: [...document.querySelectorAll('input, textarea')].map((it) => it.value).join(' ') }))
    assert.equal(seen.ran, undefined, `${screen} ran it`)
    assert.equal(seen.made, 0, `${screen} took it for HTML`)
    shown += (seen.text + seen.fields).includes('onerror="window.ran=1"') ? 1 : 0
  }
  assert.deepEqual(troubles, [])
  assert.ok(shown >= 8, `only ${shown} screens show what was written`)
  console.log(`hostile names: ${screens.length} screens, ${shown} of which show them, as text: ok`)
} finally {
  await browser.close()
  await place.stop()
}
