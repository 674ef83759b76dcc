// The way of a marketer over the real program: in by an invitation, the first mailing, a program, a second pair of eyes, a launch,
// its figures. Two people edit one draft; a mailing is paused from a phone; each role sees what it may. Timed in clicks and seconds.
import { strict as assert } from 'node:assert'
import { opened, saved } from './browser.mjs'
import { cast } from './people.mjs'
import { GUESTS, stage } from './stage.mjs'

const place = await stage()
const browser = await opened()
const { person, timed, clean, wrong } = cast(browser, place)

/** A rehearsal is the command's answer, where the program has no route for it yet. */
async function rehearsed(context) {
  await context.route('**/v1/programs/*/rehearsal', async (route) => {
    const answered = await route.fetch()
    if (answered.status() !== 404) return route.fulfill({ response: answered })
    const id = new URL(route.request().url()).pathname.split('/').at(-2)
    const { from, to } = route.request().postDataJSON()
    return route.fulfill({ json: JSON.parse(place.run('program', 'rehearse', id, '--from', from, '--to', to, '--json')) })
  })
}

const figure = (page, name) => page.locator('.stat', { has: page.locator('dt', { hasText: name }) }).locator('dd').first()
/** Waits until a figure is more than nothing; what comes in is looked at again by the page itself. */
const some = (page, name) => page.waitForFunction((word) => /[1-9]/.test([...document.querySelectorAll('.stat')].find((it) => it.querySelector('dt')?.textContent === word)?.querySelector('dd')?.textContent ?? ''), name)

try {
  const anna = await person('anna@example.com', 'administrator', 'Анна')
  const { page, click } = anna
  await rehearsed(anna.context)

  await timed('what an empty organisation is led to', anna, async () => {
    await page.getByRole('heading', { name: 'До первой рассылки' }).waitFor()
    await page.locator('.first-run .is-done', { hasText: `${GUESTS} гостей` }).first().waitFor()
    await page.locator('.first-run .is-next', { hasText: 'Напишите рассылку' }).waitFor()
    await clean(page, 'the first mailing')
    await click(page.getByRole('link', { name: 'Посмотреть, кто подойдёт' }))
  })

  await timed('a segment, and a draft of it', anna, async () => {
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
  const composer = `${place.console}mailings/${draft}/edit`

  // Somebody else edits the same draft and saves first.
  const boris = await person('boris@example.com', 'marketer', 'Борис')
  await boris.page.goto(composer)
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
    await page.getByRole('combobox', { name: 'Номера гостей; Enter добавляет' }).fill('1')
    await page.keyboard.press('Enter')
    await click(page.getByRole('button', { name: 'Отправить пробу' }))
    await page.getByRole('status').filter({ hasText: /1: Push, (отправлено|доставлено|открыто)/ }).waitFor()
    await page.keyboard.press('Escape')
  })

  await timed('a schedule, and off it again', anna, async () => {
    await click(page.getByRole('radio', { name: /Повторять/ }))
    await clean(page, 'when')
    await page.getByRole('textbox', { name: 'Число гостей' }).fill(String(GUESTS))
    await click(page.getByRole('button', { name: 'Запланировать' }))
    await page.locator('.standing', { hasText: 'каждую неделю, пт' }).waitFor()
    await click(page.getByRole('button', { name: 'Снять с расписания' }))
    await page.locator('.standing').waitFor({ state: 'detached' })
    await click(page.getByRole('radio', { name: /Сейчас/ }))
  })

  // A program that hears of orders, before any are made. Those of the simulated guests are delivered when they are first heard of.
  await timed('a program, from its preset to switched on', anna, async () => {
    await click(page.getByRole('link', { name: 'Программы' }))
    await page.getByRole('heading', { name: 'С чего начать' }).waitFor()
    await clean(page, 'programs')
    await click(page.getByRole('button', { name: 'Взять за основу: Статус: заказ доставлен' }))
    await page.getByRole('heading', { name: 'Когда сработает' }).waitFor()
    // Nobody sends web push here, and a program of a channel without a sender is not switched on.
    await click(page.getByRole('tab', { name: 'Web push' }))
    await click(page.getByRole('button', { name: 'Убрать канал' }))
    // Those who order first got an SMS and have no app.
    await click(page.getByRole('button', { name: 'Канал', exact: true }))
    await click(page.getByRole('menuitem', { name: 'SMS' }))
    await page.getByRole('textbox', { name: 'Текст SMS' }).fill('Приятного аппетита!')
    await click(page.getByRole('button', { name: 'Сохранить версию' }))
    await page.getByText('Программа выключена: никому не пишет').waitFor()
    await clean(page, 'a program')
    await click(page.getByRole('button', { name: 'Включить', exact: true }))
    await click(page.getByRole('button', { name: 'Включить программу' }))
    await page.locator('.badge', { hasText: 'Включена' }).waitFor()
  })
  const program = new URL(page.url()).pathname.split('/').at(-1)

  await timed('from 100 guests on, a second pair of eyes', anna, async () => {
    await click(page.getByRole('link', { name: 'Настройки' }))
    const more = page.getByLabel('Остальное, в JSON')
    await more.waitFor()
    await more.fill(JSON.stringify({ ...JSON.parse((await more.inputValue()) || '{}'), approval_above_guests: 100 }))
    await click(page.getByRole('button', { name: 'Что изменится' }))
    await click(page.getByRole('dialog').getByRole('button', { name: 'Сохранить' }))
    await page.getByText('Сохранено; действует через две секунды').waitFor()
    await page.goto(composer)
    const launch = page.getByRole('button', { name: 'Запустить' })
    await page.getByRole('textbox', { name: 'Число гостей' }).fill(String(GUESTS - 1))
    assert(await launch.isDisabled(), 'a wrong number launches nothing')
    await page.getByRole('textbox', { name: 'Число гостей' }).fill(String(GUESTS))
    await click(launch)
    await page.getByRole('alert').filter({ hasText: 'согласует второй человек' }).filter({ hasNotText: 'POST' }).waitFor()
    await clean(page, 'a launch that needs approval')
  })

  await timed('the second pair of eyes', boris, async () => {
    await boris.page.goto(composer)
    await boris.click(boris.page.getByRole('button', { name: 'Согласовать эту версию' }))
    await boris.page.getByText('Согласовали: Борис').waitFor()
  })

  await timed('the launch, its number typed', anna, async () => {
    await click(page.getByRole('button', { name: 'Запустить' }))
    await page.getByRole('img', { name: /Ждут отправки|Отправлено|Открыли/ }).waitFor()
    await clean(page, 'running')
  })

  // From a phone: who has not opened the push gets an SMS two hours later, so that the mailing is still under way.
  const vera = await person('vera@example.com', 'marketer', 'Вера', { viewport: { width: 390, height: 844 } })
  await vera.page.goto(`${place.console}mailings/${draft}/progress`)
  await timed('paused from a phone, and resumed', vera, async () => {
    await vera.click(vera.page.getByRole('button', { name: 'Пауза' }))
    await vera.page.locator('.badge', { hasText: 'На паузе' }).waitFor()
    await clean(vera.page, 'paused on a phone')
    await vera.click(vera.page.getByRole('button', { name: 'Продолжить' }))
    await vera.page.locator('.badge', { hasText: 'Идёт' }).waitFor()
  })

  await timed('statistics with orders', anna, async () => {
    await click(page.getByRole('link', { name: 'Статистика' }))
    await some(page, 'Заказы')
    await clean(page, 'statistics')
  })

  await timed('what the program did, and why not', anna, async () => {
    await page.goto(`${place.console}programs/${program}/journal`)
    await page.locator('tbody .badge', { hasText: 'Отправлено' }).first().waitFor()
    await clean(page, 'journal')
    await click(page.getByRole('link', { name: 'Статистика' }))
    await some(page, 'Отправлено')
    await clean(page, 'statistics of a program')
  })

  await timed('the program rehearsed over the last month', anna, async () => {
    await click(page.getByRole('link', { name: 'Репетиция' }))
    await click(page.getByRole('button', { name: 'Прорепетировать' }))
    await figure(page, 'Ушло бы').waitFor()
    assert.match(await figure(page, 'Ушло бы').innerText(), /[1-9]/)
    await clean(page, 'rehearsal')
  })

  await timed('each role sees what it may', anna, async () => {
    // Import is there as soon as the program under test has it.
    const rooms = async (of) => (await of.page.locator('.nav li').allInnerTexts()).map((it) => it.trim()).filter((it) => it !== 'Импорт')
    const forbidden = async (of, path) => {
      await of.page.goto(`${place.console}${path}`)
      await of.page.getByText('Для этого у вас нет прав').waitFor()
    }
    const marketers = ['Рассылки', 'Программы', 'Гости', 'Сегменты', 'Промокоды', 'Лендинги', 'Отчёты']
    assert.deepEqual(await rooms(anna), [...marketers, 'Отправители', 'Люди', 'Ключи API', 'Вебхуки', 'Журнал', 'Настройки'])
    assert.deepEqual(await rooms(boris), marketers)
    await forbidden(boris, 'people')
    await forbidden(boris, 'webhooks')

    // An operator has guests and no mailings, and comes in where there is something to do.
    const olga = await person('olga@example.com', 'operator', 'Ольга', { lands: 'Гости' })
    assert.deepEqual(await rooms(olga), ['Гости', 'Сегменты'])
    await forbidden(olga, 'mailings')

    // Who only looks is offered nothing that would be refused.
    const igor = await person('igor@example.com', 'viewer', 'Игорь')
    assert.deepEqual(await rooms(igor), marketers)
    assert.equal(await igor.page.getByRole('button', { name: 'Новая рассылка' }).count(), 0)
    await igor.page.goto(`${place.console}mailings/${draft}/progress`)
    await igor.page.locator('.ring').waitFor()
    assert.equal(await igor.page.getByRole('button', { name: 'Пауза' }).count(), 0)
    await igor.page.goto(`${place.console}programs/${program}`)
    await igor.page.getByRole('heading', { name: 'Когда сработает' }).waitFor()
    assert.equal(await igor.page.getByRole('button', { name: 'Выключить' }).count(), 0)
  })
} finally {
  await browser.close()
  await place.stop()
}
for (const it of wrong()) console.log(it)
assert.equal(wrong().length, 0)
console.log('people: ok')
