// The budgets of the console, measured in a browser over the real program with many guests and mailings, behind TLS and a path prefix.
//
//   SMALL=1 node e2e/proof.mjs     a short run, of a build that is not optimised: budgets of time are three times as long
//
// BELLHOP_BIN names the program. Prints one line for each figure, with its budget, and fails if one is over it.
import { strict as assert } from 'node:assert'
import { axe, opened, watched } from './browser.mjs'
import { proxied } from './proxy.mjs'
import { free, stage } from './stage.mjs'

const SMALL = Boolean(process.env.SMALL)
const GUESTS = Number(process.env.GUESTS ?? (SMALL ? 20_000 : 1_000_000))
const MAILINGS = Number(process.env.MAILINGS ?? (SMALL ? 60 : 1_000))
const SLACK = Number(process.env.SLACK ?? (SMALL ? 3 : 1))
const TIMES = 5
const PREFIX = '/brand/bellhop'

const port = await free()
const outside = `https://localhost:${port}${PREFIX}`
const began = Date.now()
const place = await stage({ guests: GUESTS, publicUrl: outside })
const proxy = await proxied(port, PREFIX, place.url)
console.log(`${GUESTS} guests, brought in ${((Date.now() - began) / 1000).toFixed(0)} s`)

const over = []
/** A figure beside its budget; what is over it is remembered. */
function measured(what, value, budget, unit) {
  const holds = value <= budget
  console.log(`${holds ? 'ok  ' : 'OVER'} ${what.padEnd(62)} ${String(Math.round(value * 1000) / 1000).padStart(9)} ${unit} of ${budget}`)
  if (!holds) over.push(what)
}
const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const worst = (values) => Math.max(...values)

async function mailings() {
  const key = place.run('api-key', 'create', 'proof', '--scopes', 'mailings_read,mailings,launch').trim().split('\n')[0]
  const ask = async (path, body) => {
    const answer = await fetch(`${place.url}/v1/${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    assert(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
    return answer.json()
  }
  for (let at = 1; at <= MAILINGS; at += 1) {
    const { id } = await ask('mailings', { name: `Рассылка ${at}`, audience: { customers: [String(at)] }, contents: { push: { title: 'Ждём вас', body: 'На этой неделе' } }, waterfall: [{ channel: 'push' }] })
    // A page of the list shows figures of some that were launched.
    if (at > MAILINGS - 10) await ask(`mailings/${id}/launch`, {})
  }
}

/** Looks at jumps and at how long keys wait, from the page's beginning. */
const WATCH = `
  window.seen = { jumps: 0, keys: [] }
  new PerformanceObserver((list) => { for (const it of list.getEntries()) if (!it.hadRecentInput) window.seen.jumps += it.value }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => { for (const it of list.getEntries()) if (it.name === 'keydown') window.seen.keys.push(it.duration) }).observe({ type: 'event', durationThreshold: 16, buffered: true })
`

const SCREENS = {
  mailings: ['mailings', '[data-row]'],
  calendar: ['mailings/calendar', '.month .day'],
  composer: ['mailings/1/edit', '.phone-push'],
  statistics: [`mailings/${MAILINGS}/statistics`, '.funnel'],
  progress: [`mailings/${MAILINGS}/progress`, '.ring'],
  programs: ['programs', '.preset'],
  program: ['programs/1', '#fires'],
  guests: ['guests', '.guest-list a'],
  guest: ['guests/4711', 'h1'],
  segments: ['segments', '.samples'],
  senders: ['senders', '.card'],
  settings: ['settings', 'textarea'],
  people: ['people', 'tbody tr'],
  keys: ['keys', 'tbody tr'],
  webhooks: ['webhooks', '.state-box'],
  audit: ['audit', 'tbody tr'],
}

let browser
try {
  const from = Date.now()
  await mailings()
  console.log(`${MAILINGS} mailings, made in ${((Date.now() - from) / 1000).toFixed(0)} s`)
  browser = await opened()
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'ru', ignoreHTTPSErrors: true })
  await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
  await context.addInitScript(WATCH)

  const bare = await context.request.get(`${outside}/console/mailings/1/edit`)
  const policy = bare.headers()['content-security-policy']
  assert.doesNotMatch(policy, /unsafe|https?:/, policy)
  assert.match(policy, /nonce-/)

  // In by an invitation, whose link leads through the proxy.
  const entering = await watched(context, outside)
  await entering.page.goto(place.invite('anna@example.com', 'administrator'))
  assert(entering.page.url().startsWith(`${outside}/console/`), entering.page.url())
  await entering.page.getByLabel('Имя и фамилия').fill('Анна')
  await entering.page.getByLabel('Пароль').first().fill('correct horse battery staple')
  await entering.page.getByRole('button', { name: 'Начать' }).click()
  await entering.page.locator('[data-row]').first().waitFor()
  const cookies = await context.cookies()
  assert(cookies.some((it) => it.name.startsWith('__Host-') && it.secure && it.httpOnly), 'the session is a __Host- cookie')
  place.run('program', 'create', '--preset', 'abandoned-cart')
  await entering.page.close()

  const troubles = [...entering.troubles]
  /** A screen that is opened anew: how long until it is there, what it loaded and asked, how much jumped. */
  async function shown(path, ready, look = async () => {}) {
    const { page, troubles: own } = await watched(context, outside)
    const start = Date.now()
    await page.goto(`${outside}/console/${path}`)
    await page.locator(ready).first().waitFor()
    const there = Date.now() - start
    await look(page)
    await page.waitForLoadState('networkidle')
    await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root'))
    const told = await page.evaluate(() => {
      const all = performance.getEntriesByType('resource')
      return {
        script: all.filter((it) => /\.js(\?|$)/.test(it.name)).reduce((sum, it) => sum + it.encodedBodySize, 0),
        asked: all.filter((it) => it.name.includes('/v1/')).map((it) => [new URL(it.name).pathname.split('/v1/')[1], it.responseEnd - it.requestStart]),
        jumps: window.seen.jumps,
        keys: window.seen.keys,
      }
    })
    troubles.push(...own)
    return { page, there, ...told }
  }

  // Every screen: jumps, axe, and what it asked of other hosts.
  const violations = []
  let jumps = 0
  for (const [name, [path, ready]] of Object.entries(SCREENS)) {
    const it = await shown(path, ready)
    if (it.jumps > jumps) jumps = it.jumps
    if (it.jumps > 0.02) console.log(`     ${name} jumps by ${it.jumps.toFixed(3)}`)
    for (const found of await axe(it.page)) violations.push(`${name}: ${found}`)
    await it.page.close()
  }

  const lists = []
  for (let at = 0; at < TIMES; at += 1) {
    const it = await shown('mailings', '[data-row]')
    lists.push(it)
    await it.page.close()
  }
  measured('script of the first screen, compressed', worst(lists.map((it) => it.script)) / 1000, 250, 'kB')
  measured(`a list of ${MAILINGS} mailings on the screen, the middle of ${TIMES}`, middle(lists.map((it) => it.there)), 1000 * SLACK, 'ms')
  measured('the same, from the API', middle(lists.map((it) => worst(it.asked.filter(([path]) => path === 'mailings').map(([, ms]) => ms)))), 200 * SLACK, 'ms')

  const guests = []
  for (let at = 0; at < TIMES; at += 1) {
    const it = await shown('guests', '.guest-list a')
    guests.push(it)
    await it.page.close()
  }
  measured(`guests out of ${GUESTS} on the screen, the middle of ${TIMES}`, middle(guests.map((it) => it.there)), 1000 * SLACK, 'ms')
  measured('the same, from the API', middle(guests.map((it) => worst(it.asked.filter(([path]) => path === 'audience/sample').map(([, ms]) => ms)))), 200 * SLACK, 'ms')

  // A count after the last key: the words of a condition are chosen, and the number beside it is another.
  const counts = []
  for (let at = 0; at < TIMES; at += 1) {
    const days = 30 + at * 7
    const filter = encodeURIComponent(JSON.stringify({ last_order: { last_days: days } }))
    const { page } = await shown(`segments?filter=${filter}`, '.clause .left')
    await page.locator('.clause .word').first().click()
    const field = page.getByRole('textbox', { name: 'За последние, дней' })
    await field.waitFor()
    const answered = page.waitForResponse((it) => it.url().endsWith('/v1/audience/count') && it.request().postData()?.includes(`"last_days":${days}0`))
    await field.press('End')
    const pressed = Date.now()
    await field.press('0')
    await answered
    counts.push(Date.now() - pressed)
    await page.close()
  }
  measured('an exact count after the last key, the middle', middle(counts), 300 * SLACK, 'ms')

  // Keys while the network stands still.
  const typed = await shown('mailings/1/edit', '.editor-text')
  await typed.page.route('**/v1/**', () => new Promise(() => {}))
  const text = typed.page.getByRole('textbox', { name: 'Текст', exact: true })
  await text.click()
  await typed.page.keyboard.press('Control+End')
  await typed.page.keyboard.type(' и ещё сорок знаков, пока сеть стоит молча')
  await text.filter({ hasText: 'пока сеть стоит молча' }).waitFor()
  await typed.page.locator('[data-saving="saving"]').waitFor()
  measured('a key, from its press to the picture, at worst', await typed.page.evaluate(() => Math.max(16, ...window.seen.keys)), 100 * SLACK, 'ms')
  await typed.page.unrouteAll({ behavior: 'ignoreErrors' })
  await typed.page.close()

  measured('jumps while a screen loads, the worst screen', jumps, 0.1, 'of layout shift')
  measured('findings of axe', violations.length, 0, `over ${Object.keys(SCREENS).length} screens`)
  const wrong = [...new Set(troubles)]
  measured('errors, refused styles and scripts, requests to other hosts', wrong.length, 0, '')
  for (const it of [...violations, ...wrong]) console.log(`     ${it}`)
  assert.deepEqual(over, [])
  console.log(`the console behind ${PREFIX} and TLS, ${policy.match(/script-src[^;]*/)?.[0].replace(/nonce-[^']+/, 'nonce-…')}: ok`)
} finally {
  await browser?.close()
  await proxy.stop()
  await place.stop()
}
