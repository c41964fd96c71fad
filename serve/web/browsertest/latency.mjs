// How long it takes from a key to what is found, and how much of that is the page. node latency.mjs URL
//
// The page's own share is told in CPU time of its thread too: a machine that others use makes every
// wait longer, and what a page computes not.

import { launch, open } from './browser.mjs'

const base = process.argv[2] ?? 'http://127.0.0.1:7117/'
const questions = ['how does the page allocator pick a zone', 'where is a deadlock of two locks noticed', 'what wakes a task that waits for memory', 'how are timers sorted']
const browser = await launch()

async function measure(name, before) {
  const page = await open(browser, base)
  await before?.(page)
  await page.waitForTimeout(1000)
  await page.evaluate(() => {
    window.times = []
    let key = 0
    document.querySelector('#question').addEventListener('input', () => { key = performance.now() }, true)
    new MutationObserver(() => {
      const since = key
      if (since) requestAnimationFrame(() => setTimeout(() => window.times.push(performance.now() - since)))
      key = 0
    }).observe(document.querySelector('#list'), { childList: true })
  })
  const client = await page.context().newCDPSession(page)
  await client.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async () => (await client.send('Performance.getMetrics')).metrics.find(m => m.name === 'TaskDuration').value
  const start = await spent()
  let keys = 0
  for (const q of questions) {
    for (const c of q) {
      await page.keyboard.type(c)
      keys++
      await page.waitForTimeout(120)
    }
    await page.waitForTimeout(500)
    await page.locator('#question').fill('')
    await page.waitForTimeout(200)
  }
  const thread = (await spent() - start) / keys * 1000
  const { times, server } = await page.evaluate(() => ({ times: window.times, server: performance.getEntriesByType('resource').filter(e => e.name.endsWith('/api/search') && e.responseEnd).map(e => e.responseEnd - e.startTime) }))
  console.log(`${name}: ${keys} keys, ${times.length} lists; key to results ${of(times)}; of it the request ${of(server)}; the page ${thread.toFixed(1)} ms of CPU a key`)
  await page.context().close()
}

function of(times) {
  times.sort((a, b) => a - b)
  const at = share => times[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(0)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`
}

await measure('nothing open')
await measure('a conversation of 200 turns open', async page => {
  await page.evaluate(() => {
    const ground = n => ({ n, id: 'aaaaaaaaaaaaaaaa', path: `mm/file${n}.c`, source: 'kernel', lines: [1, 9], fresh: 'fresh', flags: [], label: 'supported' })
    const text = 'A page is taken from the zone that the fallback list names first and that has enough of them. [1]'
    const sentence = { text, start: 0, end: text.length, label: 'supported', citations: [1], marks: [{ n: 1, start: text.length - 3, end: text.length }] }
    sessionStorage.setItem('sluice.turns', JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ question: `question ${i} of a long conversation`, sentences: [sentence, sentence, sentence], answer: text, grounds: [ground(1)], done: true, model: 'sluice' }))))
  })
  await page.goto(`${base}?q=question+199+of+a+long+conversation&answer`)
  await page.locator('#thread summary').click()
  await page.locator('#question').fill('')
})
await browser.close()
