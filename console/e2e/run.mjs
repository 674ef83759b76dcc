// The way of a marketer over the real program: in by an invitation, a segment, a mailing, its launch, its figures. Timed in
// clicks and seconds. Two people edit one draft; a mailing is paused from a phone.
import { strict as assert } from 'node:assert'
import { axe, opened, watched } from './browser.mjs'
import { GUESTS, stage } from './stage.mjs'

const PASSWORD = 'correct horse battery staple'
const place = await stage()
const browser = await opened()
const troubles = []
const report = []

/** A person in a browser of their own; counts what they press. */
async function person(link, name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'ru', ...options })
  await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
  const watchedPage = await watched(context, place.url)
  const { page } = watchedPage
  const own = { page, context, clicks: 0, troubles: watchedPage.troubles }
  own.click = async (locator) => {
    own.clicks += 1
    await locator.click()
  }
  await page.goto(link)
  await page.getByLabel('Имя и фамилия').fill(name)
  await page.getByLabel('Пароль').first().fill(PASSWORD)
  await own.click(page.getByRole('button', { name: 'Начать' }))
  await page.getByRole('heading', { name: 'Рассылки', level: 1 }).waitFor()
  return own
}

const saved = (page) => page.locator('[data-saving="saved"]').waitFor()
async function timed(what, own, work) {
  const [from, clicks] = [Date.now(), own.clicks]
  await work()
  report.push([what, own.clicks - clicks, ((Date.now() - from) / 1000).toFixed(1)])
}
async function clean(page, what) {
  for (const it of await axe(page)) troubles.push(`${what}: ${it}`)
}

try {
  const anna = await person(place.invite('anna@example.com', 'administrator'), 'Анна')
  const { page, click } = anna

  await timed('a segment, and a draft of it', anna, async () => {
    await click(page.getByRole('link', { name: 'Сегменты' }))
    await click(page.getByRole('button', { name: 'Условие', exact: true }))
    await click(page.getByRole('menuitem', { name: 'Категория' }))
    await page.locator('.clause .left', { hasText: String(GUESTS) }).waitFor()
    await clean(page, 'segments')
    await click(page.getByRole('button', { name: 'Рассылка по этим условиям' }))
    await page.getByRole('heading', { name: 'Кому' }).waitFor()
  })

  await timed('the text, with previews and figures', anna, async () => {
    await page.getByLabel('Название рассылки').fill('Возвращайтесь')
    await page.getByRole('textbox', { name: 'Текст', exact: true }).fill('Дарим 20 % по промокоду BACK20')
    await page.getByLabel('Ссылка рассылки').fill('https://example.com/back')
    await page.getByLabel('Промокод цели').fill('BACK20')
    await click(page.getByRole('button', { name: 'Канал', exact: true }))
    await click(page.getByRole('menuitem', { name: 'SMS' }))
    await page.getByRole('textbox', { name: 'Текст SMS' }).fill('Дарим 20 % по промокоду BACK20: {link}')
    await saved(page)
    await page.locator('.phone-sms').waitFor()
    await page.locator('.total .gets', { hasText: String(GUESTS) }).waitFor()
    await clean(page, 'composer')
  })
  const draft = new URL(page.url()).pathname.split('/').at(-2)

  // Somebody else edits the same draft and saves first.
  const boris = await person(place.invite('boris@example.com', 'marketer'), 'Борис')
  await boris.page.goto(`${place.console}mailings/${draft}/edit`)
  await boris.page.getByLabel('Название рассылки').waitFor()
  await boris.page.getByRole('textbox', { name: 'Заголовок' }).fill('Скучаем без вас')
  await saved(boris.page)
  await timed('two people, one draft', anna, async () => {
    await page.getByLabel('Название рассылки').fill('Возвращайтесь скорее')
    await page.locator('.conflict', { hasText: 'contents.push.title' }).waitFor()
    await clean(page, 'conflict')
    await click(page.getByRole('button', { name: 'Взять их правки и оставить мои' }))
    await saved(page)
    await page.getByRole('tab', { name: 'Push' }).click()
    await page.getByRole('textbox', { name: 'Заголовок' }).filter({ hasText: 'Скучаем без вас' }).waitFor()
    assert.equal(await page.getByLabel('Название рассылки').inputValue(), 'Возвращайтесь скорее')
  })

  await timed('a test send', anna, async () => {
    await click(page.getByRole('button', { name: 'Проба гостям…' }))
    await page.getByLabel('Номера гостей; Enter добавляет').fill('1')
    await page.keyboard.press('Enter')
    await click(page.getByRole('button', { name: 'Отправить пробу' }))
    await page.getByRole('status').filter({ hasText: /1: Push, (отправлено|доставлено|открыто)/ }).waitFor({ timeout: 30_000 })
    await page.keyboard.press('Escape')
  })

  await timed('the launch, its number typed', anna, async () => {
    const launch = page.getByRole('button', { name: 'Запустить' })
    await page.getByRole('textbox', { name: 'Число гостей' }).fill(String(GUESTS - 1))
    assert(await launch.isDisabled(), 'a wrong number launches nothing')
    await page.getByRole('textbox', { name: 'Число гостей' }).fill(String(GUESTS))
    await click(launch)
    await page.getByRole('img', { name: /Ждут отправки|Отправлено|Открыли/ }).waitFor({ timeout: 30_000 })
    await clean(page, 'running')
  })

  // From a phone, while SMS leave slowly.
  const phone = await person(place.invite('vera@example.com', 'marketer'), 'Вера', { viewport: { width: 390, height: 844 } })
  await phone.page.goto(`${place.console}mailings/${draft}/progress`)
  await timed('paused from a phone, and resumed', phone, async () => {
    await phone.click(phone.page.getByRole('button', { name: 'Пауза' }))
    await phone.page.locator('.badge', { hasText: 'На паузе' }).waitFor()
    await clean(phone.page, 'paused on a phone')
    await phone.click(phone.page.getByRole('button', { name: 'Продолжить' }))
    await phone.page.locator('.badge', { hasText: 'Идёт' }).waitFor()
  })

  await timed('statistics with orders', anna, async () => {
    await click(page.getByRole('link', { name: 'Статистика' }))
    await page.waitForFunction(() => /[1-9]/.test([...document.querySelectorAll('.stat')].find((it) => it.querySelector('dt')?.textContent === 'Заказы')?.querySelector('dd')?.textContent ?? ''), null, { timeout: 120_000 })
    await clean(page, 'statistics')
  })

  await timed('who may see what', boris, async () => {
    const seen = await boris.page.locator('.nav li').allInnerTexts()
    assert(!seen.includes('Люди'), `a marketer sees ${seen}`)
    await boris.page.goto(`${place.console}people`)
    await boris.page.getByText('Для этого у вас нет прав').waitFor()
  })

  for (const own of [anna, boris, phone]) troubles.push(...own.troubles)
} finally {
  await browser.close()
  await place.stop()
}
for (const [what, clicks, seconds] of report) console.log(`${what.padEnd(40)} ${String(clicks).padStart(2)} clicks ${seconds.padStart(6)} s`)
for (const it of new Set(troubles)) console.log(it)
assert.equal(troubles.length, 0)
