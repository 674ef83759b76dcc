// The composer's editor, drafts and keys in a real browser, over the API played in memory.
import { strict as assert } from 'node:assert'
import { createServer } from 'vite'
import { opened, saved as settled, watched } from './browser.mjs'

process.env.MOCK = '1'
const server = await createServer({ root: new URL('..', import.meta.url).pathname, server: { port: 0 }, logLevel: 'error' })
await server.listen()
const base = `${server.resolvedUrls.local[0]}`
const browser = await opened()
const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'ru' })
await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
const { page, troubles } = await watched(context, base)
const saved = () => settled(page)
const draft = async () => (await fetch(`${new URL('/', base)}v1/mailings/4`)).json()
const text = page.getByRole('textbox', { name: 'Текст', exact: true })

try {
  await page.goto(`${base}mailings/4/edit`)
  await text.waitFor()

  // What is typed, broken into lines and pasted is what is saved.
  await text.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('Первая')
  await page.keyboard.press('Enter')
  await page.keyboard.type('вторая ')
  await saved()
  assert.equal((await draft()).file.contents.push.body, 'Первая\nвторая ')

  // A variable goes where the caret is, and its fallback is changed by a click on it.
  await page.getByRole('toolbar', { name: 'Вставить: Текст', exact: true }).getByRole('button', { name: 'Переменная' }).click()
  await page.getByLabel('Замена, если значения нет').fill('гость "дня"')
  await page.getByRole('button', { name: 'Вставить', exact: true }).click()
  await text.locator('.var', { hasText: 'имя' }).waitFor()
  await saved()
  assert.equal((await draft()).file.contents.push.body, 'Первая\nвторая {{ name or "гость \\"дня\\"" }}')
  await text.locator('.var').click()
  await page.getByLabel('Замена, если значения нет').fill('друг')
  await page.getByRole('button', { name: 'Вставить', exact: true }).click()
  await text.locator('.var', { hasText: 'друг' }).waitFor()
  await saved()
  assert.equal((await draft()).file.contents.push.body, 'Первая\nвторая {{ name or "друг" }}')

  // What is written on while a save is under way is not lost, however long the save takes: here it ends when the test says so.
  let began, end
  const begun = new Promise((done) => (began = done))
  const ended = new Promise((done) => (end = done))
  await page.route('**/v1/mailings/4', async (route) => {
    if (route.request().method() === 'PUT') {
      began()
      await ended
    }
    await route.continue()
  })
  await text.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' и ещё')
  await begun
  await page.keyboard.type(', и ещё')
  assert.doesNotMatch((await draft()).file.contents.push.body, /и ещё/)
  end()
  await saved()
  assert.match((await draft()).file.contents.push.body, /и ещё, и ещё$/)
  await page.unroute('**/v1/mailings/4')

  // Somebody else saves first: both edits live on.
  const there = await draft()
  const theirs = { ...there.file, name: 'Их имя' }
  await fetch(`${new URL('/', base)}v1/mailings/4`, { method: 'PUT', headers: { 'If-Match': `"${there.version}"` }, body: JSON.stringify(theirs) })
  await page.getByRole('textbox', { name: 'Заголовок' }).fill('Мой заголовок')
  await page.locator('.conflict', { hasText: 'Их имя' }).waitFor()
  await page.getByRole('button', { name: 'Взять их правки и оставить мои' }).click()
  await saved()
  const joined = (await draft()).file
  assert.deepEqual([joined.name, joined.contents.push.title], ['Их имя', 'Мой заголовок'])

  // Without a connection it is kept, and goes out when the line is back.
  await context.setOffline(true)
  await page.getByLabel('Название рассылки').fill('Без связи')
  await page.locator('[data-saving="away"]').waitFor()
  await context.setOffline(false)
  await saved()
  assert.equal((await draft()).file.name, 'Без связи')

  // A launch wants its number.
  const launch = page.getByRole('button', { name: 'Запустить' })
  assert(await launch.isDisabled())
  await page.getByRole('textbox', { name: 'Число гостей' }).fill('3 318')
  await launch.click()
  await page.getByRole('img', { name: /Открыли/ }).waitFor()

  // Keys alone: the palette, a list, help.
  await page.keyboard.press('/')
  await page.getByRole('combobox').fill('ролл')
  await page.getByRole('option', { name: 'Ролл недели' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Ролл недели' }).waitFor()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await page.locator('[data-row]').first().waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  assert.equal(await page.evaluate(() => [...document.querySelectorAll('[data-row]')].indexOf(document.activeElement)), 1)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Сочетания клавиш' }).waitFor()
  const others = troubles.filter((it) => !/ERR_INTERNET_DISCONNECTED/.test(it))
  assert.deepEqual(others, [])
  console.log('the editor, drafts and keys: ok')
} finally {
  await browser.close()
  await server.close()
}
