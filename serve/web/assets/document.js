// A document at its place: the lines around a passage, and more of them as one scrolls.

import { h, theirs, visible, languageOf, button } from './dom.js'
import { lines as linesInWords, number, since, freshness, moment } from './words.js'
import { kindOf, split, pieces, openAt } from './kinds.js'
import { mark, rangeIn, rangesOf } from './mark.js'
import { read } from './api.js'

const around = 120 // lines before and after a passage
const chunk = 300 // lines that scrolling brings
const most = 3000 // lines that are kept
const longest = 4000 // characters of a line that are shown at once

export class DocumentView {
  /** Quote is a sentence that is marked where it stands; meant are lines that a citation names. */
  constructor({ id, meant, quote, find, signal }) {
    Object.assign(this, { id, meant, quote, find, signal, parts: [] })
  }

  /** Reads the passage and what stands around it. */
  async load() {
    const passage = this.passage = await read({ target: this.id }, this.signal)
    this.kind = kindOf(passage)
    this.meant = meantNow(this.meant, passage)
    const [from, to] = this.meant
    const first = Math.max(1, from - around)
    const part = await this.lines(first, to + around).catch(() => null)
    return part ?? passage
  }

  lines(from, to) {
    return read({ target: `${this.passage.path}:${from}-${to}`, source: this.passage.source }, this.signal)
  }

  head() {
    const p = this.passage
    const [folder, name] = split(p.path)
    const facts = [h('span', null, p.where || linesInWords(this.meant)), theirs('span', null, p.source)]
    if (p.time) facts.push(h('span', { title: moment(p.time) }, this.kind.name === 'mail' ? moment(p.time) : `written ${since(p.time)}`))
    if (freshness[p.fresh]) facts.push(h('span', { class: 'warn' }, freshness[p.fresh]))
    if (p.status === 'changed') facts.push(h('span', { class: 'warn' }, 'what was cited has changed: this stands there now'))
    return h('div', null, h('h2', { tabindex: -1 }, theirs('span', { class: 'folder' }, folder), theirs('span', null, p.title && this.kind.name !== 'code' ? p.title : name)),
      p.title && this.kind.name !== 'code' && h('p', null, theirs('bdi', null, p.path)), h('p', null, facts))
  }

  /** The lines, in a part that can be scrolled. */
  body(first) {
    this.box = h('div', { class: `doc ${this.kind.name === 'code' ? 'code' : 'prose'}` })
    this.scroller = h('div', { class: 'side-body text-body', tabindex: 0, role: 'region', 'aria-label': 'Text' }, this.box)
    this.top = button('Earlier lines', () => this.before(), { class: 'more' })
    this.bottom = button('Later lines', () => this.after(), { class: 'more' })
    this.box.append(this.top, this.bottom)
    this.put(first, false)
    this.watch = new IntersectionObserver(seen => {
      for (const s of seen) if (s.isIntersecting) (s.target === this.top ? this.before() : this.after())
    }, { root: this.scroller, rootMargin: '600px' })
    this.top.hidden = this.from <= 1
    this.bottom.hidden = first.lines[1] < this.meant[1] + around
    return this.scroller
  }

  /** Goes to the place, and from then on brings more lines where they are missing. */
  arrive() {
    const row = this.box.querySelector('.cited')
    if (row) this.scrollTo(row, 0.15)
    this.markQuote()
    this.watch.observe(this.top)
    this.watch.observe(this.bottom)
  }

  /** Puts a row at a share of the height that can be seen. */
  scrollTo(row, share) {
    const box = this.scroller.getBoundingClientRect()
    this.scroller.scrollTop += row.getBoundingClientRect().top - box.top - box.height * share
  }

  get from() { return this.parts[0].from }
  get to() { return this.parts.at(-1).to }

  async before() {
    if (this.busy || this.from <= 1) return
    await this.more(Math.max(1, this.from - chunk), this.from - 1, true)
  }

  async after() {
    if (this.busy || this.bottom.hidden) return
    await this.more(this.to + 1, this.to + chunk, false)
  }

  async more(from, to, above) {
    this.busy = true
    try {
      const part = await this.lines(from, to)
      const height = this.scroller.scrollHeight, top = this.scroller.scrollTop
      this.put(part, above)
      if (above) this.scroller.scrollTop = top + this.scroller.scrollHeight - height
      this.bottom.hidden = !above && part.lines[1] < to
      this.trim(above)
    } catch (e) {
      if (e.name === 'AbortError') return
      if (above) this.top.hidden = true
      else this.bottom.hidden = true
    } finally {
      this.busy = false
      this.top.hidden = this.from <= 1
    }
  }

  put(read, above) {
    const texts = read.text.split('\n')
    while (texts.length < read.lines[1] - read.lines[0] + 1) texts.push('')
    const el = h('div', { class: 'part' })
    const state = { open: openAt(texts, this.kind.family), fence: false, top: read.lines[0] === 1 }
    texts.forEach((text, i) => this.line(el, text, read.lines[0] + i, state))
    const part = { from: read.lines[0], to: read.lines[0] + texts.length - 1, el }
    if (above) {
      this.top.after(el)
      this.parts.unshift(part)
    } else {
      this.bottom.before(el)
      this.parts.push(part)
    }
    if (this.find) mark('found', el, rangesOf(el, this.find, 500))
  }

  /** Lines that are far away go, or a long document would fill the memory. */
  trim(above) {
    while (this.parts.length > 1 && this.parts.reduce((n, p) => n + p.to - p.from + 1, 0) > most) {
      const gone = above ? this.parts.pop() : this.parts.shift()
      const height = this.scroller.scrollHeight
      mark('found', gone.el, [])
      gone.el.remove()
      if (above) this.bottom.hidden = false
      else this.scroller.scrollTop -= height - this.scroller.scrollHeight
    }
  }

  /** Prose that was broken into lines of one width is put together again: it flows as the page does. */
  line(el, text, n, state) {
    if (state.flows && continues(text)) {
      state.cell.append(' ', ...(this.kind.marked ? markup(text.trim()) : [visible(text.trim())]))
      if (this.isMeant(n)) state.row.classList.add('cited')
    } else {
      state.row = el.appendChild(this.row(text, n, state))
      state.cell = state.row.lastChild
    }
    state.flows = this.kind.name !== 'code' && text.length > 50 && text.length < 200 && !/ (fixed|heading|header)/.test(state.cell.className)
  }

  isMeant(n) { return n >= this.meant[0] && n <= this.meant[1] }

  row(text, n, state) {
    const row = h('div', { class: `row${this.isMeant(n) ? ' cited' : ''}${text.trim() ? '' : ' blank'}`, 'data-n': n }, h('span', { class: 'at', 'aria-hidden': 'true' }, number(n)))
    const shown = text.length > longest ? text.slice(0, longest) : text
    const cell = this.kind.name === 'code' ? this.code(shown, state) : this.prose(shown, state)
    if (shown !== text) {
      cell.append(' ', button(`show ${number(text.length - longest)} more characters`, e => e.target.replaceWith(visible(text.slice(longest))), { class: 'act' }))
    }
    row.append(cell)
    return row
  }

  code(text, state) {
    const cell = h('div', { class: 'text', dir: 'auto', lang: languageOf(text) })
    for (const { kind, text: t } of pieces(text, this.kind.family, state)) cell.append(kind ? h('span', { class: `tok-${kind}` }, visible(t)) : visible(t))
    return cell
  }

  /** Prose is shown by the line: a heading, a quotation, the head of a mail. */
  prose(text, state) {
    let looks = ''
    if (/^(```|~~~)/.test(text.trim())) state.fence = !state.fence
    if (state.fence || /^\s*\|.*\|\s*$/.test(text) || /^( {4}|\t)\S/.test(text)) looks = ' fixed'
    else if (/^#{1,6} /.test(text)) looks = ' heading'
    else if (/^\s*>/.test(text)) looks = ' quote'
    const field = this.kind.name === 'mail' && state.top ? /^([A-Za-z][A-Za-z-]{1,30}):(\s.*)$/.exec(text) : null
    if (!text.trim()) state.top = false
    if (field) return h('div', { class: 'text header', dir: 'auto' }, h('b', null, `${field[1]}:`), theirs('bdi', null, field[2]))
    const cell = h('div', { class: `text${looks}`, dir: 'auto', lang: languageOf(text) })
    cell.append(...(this.kind.marked && looks !== ' fixed' ? markup(text) : [visible(text)]))
    return cell
  }

  /** Marks a sentence in the lines that are meant: it may stand on several. */
  markQuote() {
    if (!this.quote) return
    const nodes = [], at = []
    let flat = ''
    for (const row of this.box.querySelectorAll('.cited .text')) {
      const walk = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
      for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        for (let i = 0; i < node.length; i++) {
          const c = plainLetter(node.data[i])
          if (!c) continue
          flat += c
          at.push(i)
          nodes.push(node)
        }
      }
    }
    const wanted = [...this.quote].map(plainLetter).join('')
    const from = wanted.length > 3 ? flat.indexOf(wanted) : -1
    if (from < 0) return
    const to = from + wanted.length - 1
    mark('said', this, [rangeIn(nodes[from], at[from], nodes[to], at[to] + 1)])
    this.scrollTo(nodes[from].parentElement.closest('.row'), 0.3)
  }

  leave() {
    this.watch?.disconnect()
    mark('said', this, [])
    for (const p of this.parts) mark('found', p.el, [])
  }
}

// Markdown keeps its signs, in a softer ink: what is shown is what the document says.
const signs = /(^#{1,6} )|(\*\*)(?=\S)(.+?)(?<=\S)\*\*|(`)([^`]+)`/g

function markup(text) {
  const out = []
  let at = 0
  for (const m of text.matchAll(signs)) {
    out.push(visible(text.slice(at, m.index)))
    const soft = sign => h('span', { class: 'soft' }, sign)
    if (m[1]) out.push(soft(m[1]))
    else if (m[2]) out.push(h('b', null, soft('**'), visible(m[3]), soft('**')))
    else out.push(h('code', null, soft('`'), visible(m[5]), soft('`')))
    at = m.index + m[0].length
  }
  out.push(visible(text.slice(at)))
  return out
}

// A line that goes on with the one before it: not empty, no heading, list, table, quotation or code.
const continues = text => /^ {0,3}[^\s#>|`~*+=-]/.test(text) && !/^\s*(?:\d{1,3}|[a-z])[.)]\s/i.test(text) || /^ {0,3}(?:\*\*?|`)[^\s`*]/.test(text)

// Letters that tell a sentence: a document has line ends and markup that an answer leaves out.
const plainLetter = c => /[\p{L}\p{N}]/u.test(c) || c >= '\ud800' ? c.toLowerCase() : ''

/** The lines that are meant: those of a window may be more than the passage. Where the passage has
    moved, because its document grew above it, they are out of date, and the passage is what counts. */
function meantNow(meant, passage) {
  const [from, to] = passage.lines
  return meant && passage.status === 'ok' && meant[0] <= from && meant[1] >= to ? meant : [from, to]
}
