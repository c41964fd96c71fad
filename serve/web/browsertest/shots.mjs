// Pictures of the page. node shots.mjs URL FOLDER [QUESTION]

import { launch, open } from './browser.mjs'

const [base = 'http://127.0.0.1:7117/', folder = '.', question = 'How is a torn write noticed?'] = process.argv.slice(2)
const asked = `?q=${encodeURIComponent(question)}&answer`
const browser = await launch()

async function shot(name, query, options, act) {
  const page = await open(browser, base, { query, ...options })
  await page.waitForTimeout(1500)
  await act?.(page)
  await page.waitForTimeout(1000)
  await page.screenshot({ path: `${folder}/${name}.png` })
  await page.context().close()
}

const cite = page => page.locator('#answer .cite').first().click()
const wide = { width: 1440, height: 900 }, phone = { width: 390, height: 844, deviceScaleFactor: 2 }, dark = { colorScheme: 'dark' }
await shot('start', '', wide)
await shot('page', asked, { width: 1200, height: 720 }, cite) // docs/page.png
await shot('page-dark', asked, { ...wide, ...dark }, cite)
await shot('funnel', asked, wide, page => page.locator('#how').click())
await shot('sources', `${asked}&view=sources`, wide)
await shot('phone', asked, phone)
await shot('phone-document', asked, { ...phone, ...dark }, cite)
await browser.close()
