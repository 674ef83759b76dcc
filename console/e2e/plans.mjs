// When a mailing starts and how a program is edited, in a real browser, over the API played in memory.
import { strict as assert } from 'node:assert'
import { createServer } from 'vite'
import { opened, watched } from './browser.mjs'

process.env.MOCK = '1'
const server = await createServer({ root: new URL('..', import.meta.url).pathname, server: { port: 0 }, logLevel: 'error' })
await server.listen()
const base = `${server.resolvedUrls.local[0]}`
const browser = await opened()
const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'ru' })
await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
const { page, troubles } = await watched(context, base)

try {
  await page.goto(`${base}mailings/4/edit`)
  // A schedule is a sentence, too, and wants its number.
  await page.getByRole('radio', { name: /По часам гостя/ }).click()
  await page.getByRole('textbox', { name: 'Число гостей' }).fill('3318')
  await page.getByRole('button', { name: 'Запланировать' }).click()
  await page.locator('.standing', { hasText: 'по часам каждого гостя' }).waitFor()
  await page.getByRole('button', { name: 'Снять с расписания' }).click()
  await page.locator('.standing').waitFor({ state: 'detached' })
  await page.getByRole('radio', { name: /Сейчас/ }).click()

  // A program is edited in the browser, becomes a version when one says so, and takes somebody else's edit beside one's own.
  const program = async () => (await fetch(`${new URL('/', base)}v1/programs/1`)).json()
  await page.goto(`${base}programs/1`)
  await page.getByLabel('Минут', { exact: true }).fill('90')
  await page.locator('.sum-says', { hasText: 'через 90 минут' }).waitFor()
  await page.reload()
  await page.locator('.sum-says', { hasText: 'через 90 минут' }).waitFor()
  assert.equal((await program()).definition.delay.minutes, 60)
  const kept = await program()
  await fetch(`${new URL('/', base)}v1/programs/1`, { method: 'PUT', headers: { 'If-Match': `"${kept.version}"` }, body: JSON.stringify({ ...kept.definition, name: 'Корзина ждёт' }) })
  await page.getByRole('button', { name: 'Сохранить версию' }).click()
  await page.locator('.conflict', { hasText: 'Корзина ждёт' }).waitFor()
  await page.getByRole('button', { name: 'Взять их правки и оставить мои' }).click()
  await page.getByRole('button', { name: 'Сохранить версию' }).click()
  await page.getByText('Программа работает').waitFor()
  const both = (await program()).definition
  assert.deepEqual([both.name, both.delay.minutes], ['Корзина ждёт', 90])
  assert.deepEqual(troubles, [])
  console.log('schedules and programs: ok')
} finally {
  await browser.close()
  await server.close()
}
