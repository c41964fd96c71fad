// Every flow of the page, in a real browser, on a real server. node flows.mjs URL [CITATION]
// FLOWS names a part of them, SHOTS a folder for pictures of those that fail.
//
// With CITATION, an address that an earlier run printed, only that is tried: it must lead to its
// sentence still.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import assert from 'node:assert/strict'
import { launch, open } from './browser.mjs'
import { vectors } from './vectors.mjs'

const [base, citation] = process.argv.slice(2)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const question = 'how is a torn write noticed'
const sentence = 'the checksum of its block fails'
const browser = await launch()
let failed = 0

async function flow(name, options, run) {
  if (process.env.FLOWS && !name.includes(process.env.FLOWS)) return
  const page = await open(browser, base, options)
  try {
    await run(page)
    assert.deepEqual(page.seen.ran, [], 'a script of somebody else ran')
    assert.deepEqual(page.seen.left, [], 'the page asked somebody else')
    assert.deepEqual(page.seen.errors, [], 'errors')
    console.log(`ok ${name}`)
  } catch (e) {
    failed++
    console.log(`not ok ${name}: ${e.message}\n${e.stack}`)
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/failed-${failed}.png` })
  }
  await page.context().close()
}

const list = page => page.locator('#list > li')
const hits = page => list(page).locator('a')
const focused = page => page.evaluate(() => document.activeElement?.id || document.activeElement?.closest('li')?.getAttribute('aria-posinset') || document.activeElement?.tagName)
const said = page => page.locator('#answer .sentence')
const cited = page => page.locator('#side .row.cited').first()
const highlights = (page, name) => page.evaluate(n => [...CSS.highlights.get(n) ?? []].map(r => r.toString()), name)

/** axe finds nothing wrong. With trusted types no text may become a script, so it comes around the page. */
async function accessible(page, what) {
  const client = await page.context().newCDPSession(page)
  await client.send('Runtime.evaluate', { expression: axe })
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  assert.deepEqual(found.violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => `${n.html.slice(0, 200)} ${n.failureSummary}`).join(' | ')}`), [], what)
}

async function reflows(page, what) {
  const [inner, wide] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth])
  assert.ok(wide <= inner, `${what}: ${wide} pixels wide in a window of ${inner}`)
}

if (citation) {
  await flow('a citation lasts', { query: citation }, async page => {
    await cited(page).waitFor()
    const text = await page.locator('#side .row.cited').allInnerTexts()
    assert.ok(text.join(' ').includes(sentence), `the cited lines say: ${text.join(' ')}`)
  })
} else {
  await flow('results as one types', {}, async page => {
    assert.equal(await focused(page), 'question')
    await page.keyboard.type(question, { delay: 5 })
    await hits(page).filter({ hasText: 'torn.md' }).first().waitFor()
    assert.equal(new URL(page.url()).searchParams.get('q'), question)
    assert.ok((await highlights(page, 'found')).some(t => /^torn/i.test(t)), 'the words are marked')
    await page.reload()
    await hits(page).filter({ hasText: 'torn.md' }).first().waitFor()
    assert.equal(await page.inputValue('#question'), question)
  })

  await flow('only the newest question counts', {}, async page => {
    let first
    await page.route('**/api/search', async route => {
      if (route.request().postDataJSON().query !== 'bananas') return route.continue()
      first = route
    })
    await page.fill('#question', 'bananas')
    while (!first) await page.waitForTimeout(20)
    await page.fill('#question', question)
    await hits(page).filter({ hasText: 'torn.md' }).first().waitFor()
    await first.continue().catch(() => {})
    await page.waitForTimeout(300)
    assert.equal(await page.inputValue('#question'), question)
    assert.match(await hits(page).first().innerText(), /torn/)
  })

  await flow('an answer, its citation, back and reload', {}, async page => {
    await page.fill('#question', question)
    await page.keyboard.press('Enter')
    await page.locator('#answer .grounds').waitFor()
    assert.match(await said(page).first().innerText(), /checksum/)
    await said(page).first().locator('.cite').first().click()
    await cited(page).waitFor()
    assert.equal((await highlights(page, 'said')).length, 1, 'the sentence itself is marked')
    assert.match((await highlights(page, 'said'))[0], /torn write is noticed because/)
    assert.ok(await cited(page).isVisible())
    const place = new URL(page.url())
    assert.ok(place.searchParams.get('read') && place.searchParams.has('answer'))
    await page.reload()
    await cited(page).waitFor()
    assert.equal((await highlights(page, 'said')).length, 1, 'and after a reload')
    await page.goBack()
    await page.locator('#side').waitFor({ state: 'hidden' })
    await page.locator('#answer .grounds').waitFor()
    console.log(`citation ?${new URLSearchParams({ read: place.searchParams.get('read'), lines: place.searchParams.get('lines') })}`)
  })

  await flow('sentences are spoken once, whole', { query: `?q=${encodeURIComponent(question)}&answer` }, async page => {
    await page.locator('#answer .grounds').waitFor()
    const spoken = await page.locator('#spoken p').allInnerTexts()
    const sentences = await said(page).count()
    assert.equal(spoken.filter(s => s.includes('source')).length, sentences, spoken.join(' / '))
    assert.equal(new Set(spoken).size, spoken.length)
    assert.ok(spoken.at(-1).startsWith('The answer is complete.') || spoken.includes('The answer is complete. It rests on 1 passage.'), spoken.join(' / '))
  })

  await flow('a conversation', {}, async page => {
    const asked = []
    page.on('request', r => r.url().endsWith('/api/chat') && asked.push(r.postDataJSON().messages.length))
    for (const q of [question, 'what colour are bananas']) {
      await page.fill('#question', q)
      await page.keyboard.press('Enter')
      await page.locator('#answer .grounds li, #answer .after').first().waitFor()
      await page.waitForFunction(q => document.querySelector('#answer-title')?.textContent === q && document.querySelector('#answer .after'), q)
    }
    assert.deepEqual(asked, [1, 3], 'what was said before comes with the question')
    await page.locator('#thread summary').click()
    assert.match(await page.locator('#thread .turn').innerText(), /torn write/)
    await page.reload()
    await page.locator('#answer .after').waitFor()
    assert.equal(asked.length, 2, 'a reload does not ask again')
    await page.goBack()
    await page.waitForFunction(q => document.querySelector('#answer-title')?.textContent === q, question)
    assert.equal(asked.length, 2, 'and back does not either')
    await page.locator('#thread button').click()
    await page.locator('#thread').waitFor({ state: 'hidden' })
  })

  await flow('with keys alone', {}, async page => {
    await page.keyboard.type(question)
    await hits(page).first().waitFor()
    await page.keyboard.press('ArrowDown')
    assert.equal(await focused(page), '1')
    await page.keyboard.press('ArrowDown')
    assert.equal(await focused(page), '2')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await cited(page).waitFor()
    await page.waitForFunction(() => document.activeElement.tagName === 'H2')
    await page.keyboard.press('Escape')
    await page.locator('#side').waitFor({ state: 'hidden' })
    assert.equal(await focused(page), '1', 'the focus is where it was')
    await page.keyboard.press('Escape')
    assert.equal(await focused(page), 'question')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys and looks' }).waitFor()
    await page.getByLabel('The keys / and ? alone').uncheck()
    await page.keyboard.press('Escape')
    await page.locator('#side').waitFor({ state: 'hidden' })
    await page.keyboard.press('/')
    assert.notEqual(await focused(page), 'question', 'a key that was turned off does nothing')
  })

  await flow('the funnel, near misses and why', { query: '?q=filler' }, async page => {
    await hits(page).first().waitFor()
    await page.locator('#how').click()
    const rows = await page.locator('.stages tbody tr').evaluateAll(all => all.map(tr => [...tr.querySelectorAll('td.n')].slice(0, 2).map(td => Number(td.textContent.replaceAll(',', '')))))
    assert.ok(rows.length >= 2)
    for (let i = 1; i < rows.length; i++) assert.equal(rows[i][0], rows[i - 1][1], 'what comes out of a stage goes into the next')
    await page.locator('.stages button').last().click()
    await page.getByRole('heading', { name: 'Near misses' }).waitFor()
    await page.locator('#side .card').first().waitFor()
    assert.match(await page.locator('#side .card h3').first().innerText(), /^118\./)
    await page.locator('#side .card button').first().click()
    await page.locator('#side form').waitFor()
    await page.locator('#side .card').first().waitFor()
    assert.match(await page.locator('#side .card p').first().innerText(), /rank|dropped|window/)
    await page.getByLabel('Document').fill('fruit.md')
    await page.getByRole('button', { name: 'Why?' }).click()
    await page.waitForFunction(() => /filler/.test(document.querySelector('#side .side-body').textContent) && location.search.includes('fruit.md'))
  })

  await flow('sources, and what was left out', {}, async page => {
    await page.locator('#state').click()
    const side = page.locator('#side')
    await side.getByText('ready', { exact: false }).or(side.getByText('Every document can be found.')).first().waitFor()
    const text = await side.innerText()
    for (const word of ['notes', 'document', 'Left out', 'to its end']) assert.ok(text.includes(word), `${word} is not in: ${text}`)
  })

  await flow('nothing found says why', { query: '?q=bannanas' }, async page => {
    await page.getByText('None of').waitFor()
    await page.getByRole('button', { name: 'Try' }).first().click()
    await hits(page).filter({ hasText: 'fruit.md' }).first().waitFor()
  })

  await flow('filters', { query: '?q=torn' }, async page => {
    await hits(page).first().waitFor()
    await page.locator('#narrow').click()
    await page.getByLabel('Type').fill('go')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => [...document.querySelectorAll('#list a')].every(a => a.title.endsWith('.go')) && document.querySelector('#list a'))
    assert.equal(new URL(page.url()).searchParams.get('type'), 'go')
  })

  await flow('a list of a thousand', { query: '?q=filler' }, async page => {
    await hits(page).first().waitFor()
    await page.locator('#question').press('ArrowDown')
    for (let i = 0; i < 40 && await page.locator('#list > li[aria-setsize="1000"]').count() === 0; i++) {
      await page.keyboard.press('End')
      await page.waitForTimeout(250)
    }
    await page.keyboard.press('End')
    assert.equal(await focused(page), '1000')
    assert.ok(await list(page).count() < 60, `${await list(page).count()} rows are made`)
    await page.keyboard.press('Home')
    assert.equal(await focused(page), '1')
  })

  await flow('a long document', { query: '?q=needle' }, async page => {
    await hits(page).filter({ hasText: 'long.go' }).first().click()
    await cited(page).waitFor()
    assert.match(await page.locator('#side .row.cited').allInnerTexts().then(t => t.join(' ')), /needle/)
    assert.ok(await page.locator('#side .row').count() < 1000)
    const first = () => page.locator('#side .row').first().getAttribute('data-n').then(Number)
    const was = await first()
    const seen = await cited(page).boundingBox()
    await page.locator('#side .side-body').evaluate(el => { el.scrollTop = 0 })
    await page.waitForFunction(was => Number(document.querySelector('#side .row').dataset.n) < was, was)
    assert.ok(seen, 'the place could be seen')
    const numbers = await page.locator('#side .row').evaluateAll(all => all.map(r => Number(r.dataset.n)))
    for (let i = 1; i < numbers.length; i++) assert.equal(numbers[i], numbers[i - 1] + 1, 'no line is missing or there twice')
  })

  await flow('in every direction', { query: `?q=${encodeURIComponent('عقد الإيجار')}&answer` }, async page => {
    await hits(page).first().click()
    await cited(page).waitFor()
    const [direction, language] = await page.locator('#side .row.cited .text').first().evaluate(el => [getComputedStyle(el).direction, el.lang])
    assert.deepEqual([direction, language], ['rtl', 'ar'])
    await page.fill('#question', '賃貸契約')
    await page.waitForFunction(() => document.querySelector('#list .excerpt')?.lang === 'ja')
  })

  await flow('trouble is told', {}, async page => {
    await page.route('**/api/search', route => route.abort())
    await page.keyboard.type('torn')
    await page.getByText('start it again').waitFor()
    await page.unroute('**/api/search')
    await page.route('**/api/search', route => route.request().headers().authorization === 'Bearer secret' ? route.continue() : route.fulfill({ status: 401, json: { error: 'this needs a token', code: 1 } }))
    await page.keyboard.type(' write')
    await page.getByLabel('Token').fill('secret')
    await page.getByRole('button', { name: 'Use this token' }).click()
    await hits(page).first().waitFor()
    assert.equal(await page.locator('#trouble').innerText(), '')
    await page.route('**/api/chat', route => route.fulfill({ status: 200, contentType: 'application/x-ndjson', body: '{"kind":"working"}\n' }))
    await page.locator('#question').press('Enter')
    await page.locator('#trouble').getByText('cut off').waitFor()
  })

  for (const [name, query, options] of [
    ['start', '', {}], ['results', `?q=${encodeURIComponent(question)}`, { colorScheme: 'dark' }], ['an answer and a document', null, {}],
    ['sources', '?view=sources', {}], ['why', `?q=torn&view=why&document=torn.md`, { colorScheme: 'dark' }], ['near misses', '?q=filler&view=missed', {}], ['keys', '?view=keys', {}],
    ['a phone', `?q=${encodeURIComponent(question)}&answer`, { width: 320, height: 640, colorScheme: 'dark' }], ['nothing', '?q=bannanas', {}],
  ]) {
    await flow(`accessible: ${name}`, { query: query ?? `?q=${encodeURIComponent(question)}&answer`, ...options }, async page => {
      await page.waitForFunction(() => document.querySelector('#list li, .none, #side .card, #side .keys, #welcome p'))
      if (query === null || options.width) await page.locator('#answer .grounds').waitFor()
      if (query === null) {
        await page.locator('#how').click()
        await said(page).first().locator('.cite').first().click()
        await cited(page).waitFor()
      }
      await accessible(page, name)
      await reflows(page, name)
    })
  }

  await flow('the watch sees what it looks for', {}, async page => {
    const { seen } = page
    await page.goto('about:blank')
    await page.setContent('<img src=x onerror=pwned(1)><img src=http://evil.invalid/x>')
    for (let i = 0; i < 200 && !(seen.ran.length && seen.left.length > 1); i++) await page.waitForTimeout(20)
    assert.ok(seen.ran.length && seen.left.some(url => url.includes('evil.invalid')))
    seen.ran.length = seen.left.length = 0
  })

  await flow('hostile documents', { query: '?q=hostile' }, async page => {
    await hits(page).first().waitFor()
    await page.locator('#question').press('ArrowDown')
    await page.keyboard.press('Enter')
    for (let i = 0; i < 12; i++) {
      await cited(page).waitFor()
      await page.keyboard.press('Escape')
      await page.locator('#side').waitFor({ state: 'hidden' })
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
    }
    await page.keyboard.press('Escape')
    await page.fill('#question', 'hostile?')
    await page.keyboard.press('Enter')
    await page.locator('#answer .after').waitFor()
  })

  await flow('hostile answers', {}, async page => {
    await page.route('**/api/**', route => route.fulfill(hostile(new URL(route.request().url()).pathname)))
    await page.fill('#question', vectors[0])
    await hits(page).first().waitFor()
    await page.locator('#how').click()
    await page.keyboard.press('Escape')
    await page.locator('#question').press('Enter')
    await page.locator('#answer .after').waitFor()
    for (let i = 0; i < 60; i++) {
      await page.mouse.wheel(0, 600)
      await page.waitForTimeout(20)
    }
    for (const query of [`?q=x&read=${encodeURIComponent(vectors[1])}`, `?q=x&view=why&document=${encodeURIComponent(vectors[2])}`, '?q=x&view=missed', '?view=sources', `?view=${encodeURIComponent(vectors[3])}`, `?q=${encodeURIComponent(vectors[9])}&answer&source=${encodeURIComponent(vectors[5])}`]) {
      await page.goto(base + query)
      await page.waitForTimeout(300)
    }
  })
}

/** Answers of the server in which every text is a vector: all of them come in turn. */
function hostile(path) {
  let at = 0
  const v = () => vectors[at++ % vectors.length]
  const degraded = [{ what: v(), why: v(), documents: 3 }]
  const result = (rank, lines = [1, 3]) => ({ rank, id: v(), source: v(), path: v(), uri: v(), lines, bytes: [0, 9], page: null, time: '2026-01-01T00:00:00Z', message_id: null, where: v(), title: v(), context: v(), score: 0.5, scores: { bm25: 1, dense: null, late: null }, fresh: v(), flags: [v()], duplicates: 2, also: [v()], text: `${v()}\n${v()}\n${v()}` })
  const funnel = [{ stage: v(), in: 1000, out: 117, dropped: { [v()]: 883 }, bytes: 9, ms: 1, notes: [v()], words: [v()], operators: [v()], as_text: [v()], also: [v()] }]
  const results = Array.from({ length: 200 }, (_, i) => result(i + 1))
  const source = { label: v(), kind: v(), uri: v(), documents: 1, passages: 1, bytes: 1, coverage: { lexical: 0.5, vectors: 0.5, [v()]: 1 }, synced: v(), errors: [v()], left_out: { [v()]: 1 }, guessed: { [v()]: 1 }, secrets: 1, secret_documents: 1 }
  switch (path) {
    case '/api/search': return { json: { query: v(), took_ms: 1, funnel, results, degraded, notices: [v()] } }
    case '/api/read': return { json: { target: v(), status: v(), ...result(0), text: vectors.join('\n'), lines: [1, vectors.length], degraded } }
    case '/api/why': return { json: { query: v(), path: v(), passages: [{ ...result(1), stage: v(), reason: v(), rank: 1, said: v() }], advice: [v()], note: v(), funnel, degraded } }
    case '/api/status': return { json: { store: v(), generation: 1, sources: [source], size: {}, disk: 1, degraded, forgetting: v(), last_full_scrub: v(), scrub: { found_n: 1 } } }
  }
  const sentences = vectors.map((text, i) => ({ text: `${text} [1]`, start: 0, end: 0, label: ['supported', 'partly', 'not_found', 'misattributed', text][i % 5], why: v(), citations: [1], marks: [{ n: 1, start: [...text].length + 1, end: [...text].length + 4 }] }))
  const ground = { ...result(1), n: 1, label: v() }
  const chat = { model: v(), question: v(), answer: sentences.map(s => s.text).join(''), sentences, passages: [ground], sluice: { citations: [ground], funnel, degraded, notices: [v()], sent: [{ host: v(), passages: 1, masked: 1 }] } }
  const events = [{ kind: 'found', passages: [ground] }, ...sentences.slice(0, 40).map(sentence => ({ kind: 'sentence', sentence })), { kind: v() }, { kind: 'done', chat }]
  return { contentType: 'application/x-ndjson', body: events.map(e => JSON.stringify(e)).join('\n') }
}

await browser.close()
process.exitCode = failed ? 1 : 0
