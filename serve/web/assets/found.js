// What was found, as it is typed.

import { h, theirs, show, byId, button, speak, settled } from './dom.js'
import { count, number, milliseconds, freshness, flags, plain, moment } from './words.js'
import { wordsOf, pattern, excerpt, mark, rangesOf } from './mark.js'
import { kindOf, split } from './kinds.js'
import { List } from './list.js'
import { search } from './api.js'
import { filtersOf } from './link.js'

const atFirst = 30 // results that a key brings
const more = [117, 1000] // and the scroll bar

export class Found {
  /** Open is called with a result; href says where it leads. */
  constructor({ open, href, failed, arrived }) {
    Object.assign(this, { open, href, failed, arrived, state: null, answer: null, numbers: new Map() })
    this.list = new List(byId('list'), { row: (li, r) => this.row(li, r), leave: li => mark('found', li, []), near: n => this.further(n) })
    this.tell = settled(900, () => this.answer && speak(this.sentence()))
  }

  /** Searches for what is in the box. What was asked before is cancelled. */
  async ask(state) {
    this.stop()
    this.state = state
    this.words = wordsOf(state.question)
    const answer = await this.get(state, atFirst)
    if (!answer) return
    this.answer = answer
    this.all = answer.results.length < atFirst
    this.draw()
    this.tell()
  }

  stop() {
    this.running?.abort()
    this.running = null
  }

  async get(state, n) {
    const running = this.running = new AbortController()
    try {
      return await search({ query: state.question, n, ...filtersOf(state.filters) }, running.signal)
    } catch (e) {
      if (e.name !== 'AbortError') this.failed(e)
      return null
    } finally {
      if (this.running === running) this.running = null
    }
  }

  /** More of the same, when the scroll bar comes near the end. */
  async further(shown) {
    const n = more.find(m => m > shown)
    if (this.all || this.running || !n) return
    const state = this.state
    const answer = await this.get(state, n)
    if (!answer || state !== this.state) return
    this.all = answer.results.length < n
    this.answer.results = answer.results
    this.list.set(answer.results, true)
    this.title()
  }

  draw() {
    const { results, degraded, notices, nothing } = this.answer
    byId('found').hidden = false
    this.find = pattern(this.words)
    this.title()
    show(byId('words'), missing(degraded), (notices ?? []).map(n => theirs('p', { class: 'note' }, n)), nothing && !results.length && none(nothing))
    this.list.set(results)
    this.arrived(this.answer)
  }

  title() {
    byId('found-title').textContent = this.sentence()
  }

  sentence() {
    const n = this.answer.results.length
    if (!n) return 'Nothing found'
    return count(Math.max(n, this.answer.funnel[0]?.out ?? 0), 'passage fits', 'passages fit')
  }

  /** Which passages an answer cites, and under which numbers. */
  cited(numbers) {
    this.numbers = numbers
    if (this.answer) this.list.set(this.answer.results)
  }

  /** Which passage is open beside the list. */
  opened(id) {
    this.open_ = id
    for (const [i, li] of this.list.rows) li.toggleAttribute('data-open', this.list.items[i].id === id)
  }

  row(li, r) {
    const kind = kindOf(r)
    const [folder, name] = split(r.path)
    const link = h('a', { href: this.href(r), click: e => plainClick(e) && (e.preventDefault(), this.open(r)), title: r.path },
      theirs('span', { class: 'folder' }, folder), theirs('span', null, r.title && kind.name !== 'code' && !name.includes(r.title) ? `${name} · ${r.title}` : name))
    const text = theirs('p', { class: kind.name === 'code' ? 'excerpt code' : 'excerpt' }, excerpt(r.text, this.words, kind.name === 'code'))
    li.append(link, this.about(r), text)
    li.toggleAttribute('data-open', r.id === this.open_)
    mark('found', li, rangesOf(text, this.find, 40))
  }

  about(r) {
    const n = this.numbers.get(r.id)
    const parts = [n && h('span', { class: 'number' }, `cited [${n}]`), h('span', null, place(r))]
    if (r.context && r.context !== r.title) parts.push(theirs('span', { class: 'context' }, r.context))
    if (freshness[r.fresh]) parts.push(h('span', { class: r.fresh === 'unknown' ? 'soft' : 'warn' }, freshness[r.fresh]))
    for (const f of r.flags ?? []) if (f !== 'cut') parts.push(h('span', { class: 'warn' }, flags[f] ?? plain(f)))
    if (r.duplicates) parts.push(h('span', null, `and ${count(r.duplicates, 'duplicate')}`))
    return h('p', { class: 'about' }, parts.flatMap((p, i) => i ? [p] : p))
  }
}

/** Where a passage stands, in few words. */
export function place(r) {
  if (r.where) return r.where
  if (r.page) return `page ${r.page}`
  if (r.message_id) return moment(r.time)
  return r.lines[0] === r.lines[1] ? `line ${number(r.lines[0])}` : `lines ${number(r.lines[0])}–${number(r.lines[1])}`
}

/** A click that is not meant to open a tab. */
export const plainClick = e => !(e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || e.button)

/** What could not be seen. */
export function missing(degraded) {
  if (!degraded?.length) return null
  return h('div', { class: 'note bad' }, h('p', null, 'Not everything could be seen:'),
    h('ul', null, degraded.slice(0, 8).map(d => theirs('li', null, `${d.what}: ${d.why}${d.documents ? `, ${count(d.documents, 'document')}` : ''}`)),
      degraded.length > 8 && h('li', null, `and ${count(degraded.length - 8, 'more thing', 'more things')}`)))
}

/** Why nothing was found, and what to do about it. */
export function none(nothing) {
  return h('div', { class: 'none' }, h('p', null, `None of ${count(nothing.searched, 'passage')} fits.`),
    h('ul', null, (nothing.why ?? []).map(w => h('li', null, theirs('span', null, w.text), ' ',
      (w.nearest ?? []).slice(0, 3).map(near => button(`Try “${near}”`, () => dispatchEvent(new CustomEvent('instead', { detail: [w.which, near] })), { class: 'act' }))))))
}

/** "in 41 ms" of a funnel */
export const took = funnel => milliseconds(funnel.reduce((sum, s) => sum + s.ms, 0))
