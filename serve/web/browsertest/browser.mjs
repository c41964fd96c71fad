// A browser with one page, and a watch over what the page must never do.

import { chromium } from 'playwright-core'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

export const executable = () => process.env.CHROMIUM ?? (process.env.PATH ?? '').split(delimiter).flatMap(dir => names.map(n => join(dir, n))).find(existsSync)

export function launch() {
  return chromium.launch({ executablePath: executable(), args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** A page at an address. Its seen lists scripts of others that ran, requests that left the server, and errors. */
export async function open(browser, base, { query = '', width = 1280, height = 900, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options })
  const page = await context.newPage()
  const seen = page.seen = { ran: [], left: [], errors: [] }
  await page.exposeFunction('pwned', by => seen.ran.push(String(by)))
  page.on('dialog', d => {
    seen.ran.push(d.message())
    d.dismiss()
  })
  page.on('popup', p => seen.ran.push(`popup ${p.url()}`))
  page.on('framenavigated', f => {
    if (f !== page.mainFrame() || !f.url().startsWith(base)) seen.left.push(f.url())
  })
  page.on('request', r => {
    if (!r.url().startsWith(base)) seen.left.push(r.url())
  })
  page.on('pageerror', e => seen.errors.push(e.stack ?? e.message))
  page.setDefaultTimeout(60_000)
  await page.goto(base + query)
  return page
}
