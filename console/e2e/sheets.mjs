import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Contact sheets: all screens of one language and width on one small picture. */
export async function sheets(browser, taken, folder) {
  const groups = new Map()
  for (const it of taken) {
    const key = `${it.language}-${it.width}`
    groups.set(key, [...(groups.get(key) ?? []), it])
  }
  for (const [key, pictures] of groups) {
    const wide = pictures[0].width > 720
    const page = await browser.newPage({ viewport: { width: 1500, height: 800 } })
    const cell = wide ? 360 : 150
    const shown = pictures.map((it) => `<figure><img src="data:image/png;base64,${readFileSync(it.file).toString('base64')}"><figcaption>${it.name}, ${it.theme}</figcaption></figure>`)
    await page.setContent(`<style>body{margin:12px;display:flex;flex-wrap:wrap;gap:10px;font:11px sans-serif;background:#ddd}figure{margin:0;width:${cell}px}img{width:100%;height:${wide ? 250 : 325}px;object-fit:cover;object-position:top}</style>${shown.join('')}`)
    await page.waitForFunction(() => [...document.images].every((it) => it.complete))
    await page.screenshot({ path: join(folder, `sheet-${key}.jpg`), type: 'jpeg', quality: 60, fullPage: true })
    await page.close()
  }
}
