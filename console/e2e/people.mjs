// People in browsers of their own, who come in by an invitation; what they press is counted, and what goes wrong is kept.
import { join } from 'node:path'
import { axe, watched } from './browser.mjs'

const PASSWORD = 'correct horse battery staple'

/** A cast over one place: `person` brings somebody in, `timed` tells of a piece of work, `clean` has axe look. */
export function cast(browser, place) {
  const people = []
  const report = []
  const troubles = []
  return {
    async person(email, role, name, { lands = 'Рассылки', ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'ru', ...options })
      await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
      const { page, troubles: own } = await watched(context, place.url)
      const it = { page, context, clicks: 0, troubles: own }
      it.click = async (locator) => {
        it.clicks += 1
        await locator.click()
      }
      people.push(it)
      await page.goto(place.invite(email, role))
      await page.getByLabel('Имя и фамилия').fill(name)
      await page.getByLabel('Пароль').first().fill(PASSWORD)
      await it.click(page.getByRole('button', { name: 'Начать' }))
      await page.getByRole('heading', { name: lands, level: 1 }).waitFor()
      return it
    },
    async timed(what, own, work) {
      const [from, clicks] = [Date.now(), own.clicks]
      try {
        await work()
      } catch (error) {
        if (process.env.SHOTS) await own.page.screenshot({ path: join(process.env.SHOTS, 'failed.png') })
        throw error
      }
      report.push(`${what.padEnd(44)} ${String(own.clicks - clicks).padStart(2)} clicks ${((Date.now() - from) / 1000).toFixed(1).padStart(6)} s`)
      console.log(report.at(-1))
    },
    /** Has axe look at a page; SHOTS=folder keeps a picture of it, and of what failed. */
    async clean(page, what) {
      if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${what.replaceAll(' ', '-')}.png`) })
      for (const it of await axe(page)) troubles.push(`${what}: ${it}`)
    },
    /** All that went wrong, each once. */
    wrong: () => [...new Set([...troubles, ...people.flatMap((it) => it.troubles)])],
  }
}
