// The real program with simulated providers, in a browser: from a draft to its orders. Who is logged in is played here and a key
// stands in for the session, so that this holds without people too; run.mjs comes in by an invitation.
import { strict as assert } from 'node:assert'
import { axe, opened, PATIENCE, saved, watched } from './browser.mjs'
import { stage } from './stage.mjs'

const RIGHTS = ['mailings_read', 'mailings', 'launch', 'statistics', 'guests_read', 'guests', 'settings']
const ME = { id: 1, name: 'Анна', email: 'anna@example.com', role: 'administrator', rights: RIGHTS, restaurants: null, locale: 'ru', organisation: { id: 'default', name: 'Default', currency: 'RUB', time_zone: 'Europe/Moscow', locale: 'ru' } }

const place = await stage()
const browser = await opened()
try {
  const key = place.run('api-key', 'create', 'console', '--scopes', RIGHTS.join(',')).trim().split('\n')[0]

  // Where it is served, and under which policy.
  const bare = await fetch(`${place.url}/console`, { redirect: 'manual' })
  assert.deepEqual([bare.status, bare.headers.get('location')], [308, 'console/'])
  const deep = await fetch(`${place.console}mailings/1/edit`)
  assert.match(await deep.text(), /<base href="..\/..\/" \/>/)
  assert.doesNotMatch(deep.headers.get('content-security-policy'), /unsafe|https?:/)

  const context = await browser.newContext({ locale: 'ru', viewport: { width: 1440, height: 1000 } })
  await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
  await context.route('**/v1/**', (route) => {
    if (route.request().url().endsWith('/v1/session')) return route.fulfill({ json: { csrf: 'played', person: ME } })
    return route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${key}` } })
  })
  const { page, troubles } = await watched(context, place.url)
  const clean = async (what) => assert.deepEqual(await axe(page), [], what)
  await page.goto(`${place.console}mailings/new`)
  await page.getByRole('heading', { name: 'Кому' }).waitFor()
  await page.getByLabel('Промокод цели').fill('BACK20')
  await page.getByLabel('Ссылка рассылки').fill('https://example.com/back')
  await saved(page)
  await page.locator('.phone-push').first().waitFor()
  await page.locator('.launch form').waitFor()
  await clean('composer')
  const guests = (await page.locator('.total .gets strong').innerText()).trim()
  await page.getByRole('textbox', { name: 'Число гостей' }).fill(guests)
  await page.getByRole('button', { name: 'Запустить' }).click()
  await page.locator('.ring').waitFor()
  await clean('progress')
  await page.getByRole('link', { name: 'Статистика' }).click()
  const orders = () => /[1-9]/.test([...document.querySelectorAll('.stat')].find((it) => it.querySelector('dt')?.textContent === 'Заказы')?.querySelector('dd')?.textContent ?? '')
  await page.waitForFunction(orders, null, { timeout: PATIENCE })
  await clean('statistics')
  assert.deepEqual(troubles, [])
  console.log(`the real program: ${guests} guests, from a draft to their orders: ok`)
} finally {
  await browser.close()
  await place.stop()
}
