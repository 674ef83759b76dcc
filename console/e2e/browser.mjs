// A browser on the console: Debian's Chromium, driven by playwright-core.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((it) => existsSync(it))

export async function opened() {
  if (!CHROMIUM) throw new Error('missing: Chromium. Run: apt-get install chromium, or say where it is by CHROMIUM=')
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** How long anything may take to appear. What is waited for by this comes in a second here; a machine three times slower, that does other work beside it, is no reason to fail. */
export const PATIENCE = Number(process.env.PATIENCE ?? 120_000)

/** A page that keeps what went wrong on it: errors, refused styles and scripts, requests to other hosts. */
export async function watched(context, base) {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  const troubles = []
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const words = message.text()
    if (message.type() === 'error' && !/status of (401|403|404|409|412|422)/.test(words)) troubles.push(`console: ${words}`)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(base).origin) troubles.push(`another host: ${url.origin}`)
  })
  return { page, troubles }
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const AXE_SOURCE = readFileSync(AXE, 'utf8')

/** What axe finds on the page as it is. The policy of the page lets no script be added to it, so axe runs from outside. */
export async function axe(page) {
  await page.evaluate(AXE_SOURCE)
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }))
  return found.violations.map((it) => `${it.id}: ${it.help} (${it.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')})`)
}

/**
 * All that was typed is with the server. An edit makes a draft `waiting` in the same turn, so that no earlier `saved` is taken for its.
 */
export const saved = (page) => page.locator('[data-saving="saved"]').waitFor()
