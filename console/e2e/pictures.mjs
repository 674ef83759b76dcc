// Pictures of every screen, in both languages and themes, wide and narrow, into a temporary folder; then contact sheets.
//
//   BELLHOP=http://127.0.0.1:8080/console/ node e2e/pictures.mjs [folder]
//
// By itself it takes them of the mock (npm run dev:mock). LOGIN=email:password logs in first.
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { axe, opened, watched } from './browser.mjs'
import { sheets } from './sheets.mjs'

const BASE = process.env.BELLHOP ?? 'http://127.0.0.1:5173/console/'
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'console-pictures-'))
mkdirSync(folder, { recursive: true })

const SCREENS = JSON.parse(process.env.SCREENS ?? 'null') ?? {
  mailings: 'mailings', composer: 'mailings/4/edit', running: 'mailings/1/progress', paused: 'mailings/2/progress', statistics: 'mailings/5/statistics',
  segments: 'segments?filter=' + encodeURIComponent(JSON.stringify({ all: [{ retention: ['lost', 'cooling'] }, { any: [{ has: ['app'] }, { locale: ['ru'] }] }, { orders: { between: { last_days: 90 }, count: { min: 3 }, category: ['Пицца'] } }] })),
  guests: 'guests', guest: 'guests/4711', calendar: 'mailings/calendar', programs: 'programs', program: 'programs/1', rehearsal: 'programs/1/rehearsal', journal: 'programs/1/journal', programStatistics: 'programs/1/statistics', landings: 'landings', import: 'import', reports: 'reports', promos: 'promo-codes', givenCodes: 'promo-codes/november', webhooks: 'webhooks', deliveries: 'webhooks/1', senders: 'senders', settings: 'settings', people: 'people', keys: 'keys', audit: 'audit', invitation: 'invitations/abc',
}
const LANGUAGES = (process.env.LANGUAGES ?? 'ru,en').split(',')
const THEMES = (process.env.THEMES ?? 'light,dark').split(',')
const WIDTHS = (process.env.WIDTHS ?? '1440,390').split(',').map(Number)
const only = process.env.ONLY?.split(',')

const browser = await opened()
const found = []
const taken = []
for (const language of LANGUAGES)
  for (const theme of THEMES)
    for (const width of WIDTHS) {
      const context = await browser.newContext({ viewport: { width, height: width > 720 ? 1000 : 844 }, colorScheme: theme, locale: language, reducedMotion: 'reduce' })
      await context.addInitScript(`localStorage.setItem('bellhop.language', '${language}')`)
      if (process.env.LOGIN) {
        const [email, password] = process.env.LOGIN.split(':')
        const page = await context.newPage()
        await page.goto(BASE)
        await page.locator('input[type=email]').fill(email)
        await page.locator('input[type=password]').fill(password)
        await page.keyboard.press('Enter')
        await page.waitForSelector('nav')
        await page.close()
      }
      for (const [name, path] of Object.entries(SCREENS)) {
        if (only && !only.includes(name)) continue
        const { page, troubles } = await watched(context, BASE)
        await page.goto(BASE + path)
        await page.waitForSelector('h1')
        await page.waitForLoadState('networkidle').catch(() => {})
        await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root'), null, { timeout: 15_000 }).catch(() => {})
        await page.waitForLoadState('networkidle').catch(() => {})
        await page.waitForFunction(() => document.fonts.ready.then(() => true))
        // A rehearsal is shown with what it tells.
        if (name === 'rehearsal') {
          await page.locator('.rehearsal-form button[type=submit]').click()
          await page.locator('.rehearsed').waitFor()
        }
        if (width <= 720) {
          // What is fixed to the window's edge would stand in the middle of a long picture.
          const height = await page.evaluate(() => document.documentElement.scrollHeight)
          await page.setViewportSize({ width, height: Math.min(height, 6000) })
        }
        const file = join(folder, `${name}-${language}-${theme}-${width}.png`)
        await page.screenshot({ path: file, fullPage: true })
        taken.push({ name, language, theme, width, file })
        const violations = process.env.AXE === '0' ? [] : await axe(page)
        const overflow = await page.evaluate(() => {
          const most = document.documentElement.clientWidth
          if (document.documentElement.scrollWidth <= most + 1) return null
          return [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > most + 1).map((it) => `${it.tagName}.${it.className}`).slice(0, 4).join(' | ')
        })
        if (overflow !== null) violations.push(`the page is wider than the window: ${overflow}`)
        for (const it of [...troubles, ...violations]) found.push(`${name} ${language} ${theme} ${width}: ${it}`)
        await page.close()
      }
      await context.close()
    }
// A few small ones for the pages of docs.
if (process.env.SMALL) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 920 }, deviceScaleFactor: 0.625, locale: 'ru', reducedMotion: 'reduce' })
  await context.addInitScript(`localStorage.setItem('bellhop.language', 'ru')`)
  for (const name of ['mailings', 'composer', 'running']) {
    const { page } = await watched(context, BASE)
    await page.goto(BASE + SCREENS[name])
    await page.locator(name === 'composer' ? '.phone-push' : 'h1').first().waitFor()
    await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root')).catch(() => {})
    await page.waitForLoadState('networkidle').catch(() => {})
    await page.screenshot({ path: join(process.env.SMALL, `${name}.jpg`), type: 'jpeg', quality: 80 })
    await page.close()
  }
  await context.close()
}
if (process.env.SHEETS) await sheets(browser, taken, process.env.SHEETS)
await browser.close()
console.log(`${taken.length} pictures in ${folder}`)
for (const it of [...new Set(found)]) console.log(it)
process.exit(found.length > 0 ? 1 : 0)
