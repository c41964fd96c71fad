// The conversation: answers as they come, sentence by sentence, each with what it rests on.

import { h, theirs, visible, languageOf, show, byId, button, speak } from './dom.js'
import { count, list, lines, labels, freshness, flags, plain } from './words.js'
import { missing, none, place, plainClick } from './found.js'
import { split } from './kinds.js'
import { chat } from './api.js'
import { filtersOf } from './link.js'
import { copy } from './side.js'

const kept = 'sluice.turns'
const keptMost = 200

export class Conversation {
  /** Open is called with a cited passage and the sentence that cites it; href says where it leads. */
  constructor({ open, href, failed, cited, again }) {
    Object.assign(this, { open, href, failed, cited, again, turns: recall(), shown: null })
  }

  /** The answer to this question, if it was given before. */
  find(question) { return this.turns.findLast(t => t.question === question && t.done) }

  /** Asks a question after those before it. */
  async ask(state) {
    this.running?.abort()
    const running = this.running = new AbortController()
    const turn = { question: state.question, sentences: [], passages: [], grounds: [], done: false }
    const messages = this.turns.flatMap(t => [{ role: 'user', content: t.question }, { role: 'assistant', content: t.answer ?? '' }])
    messages.push({ role: 'user', content: state.question })
    this.show(turn)
    try {
      await chat({ messages, ...filtersOf(state.filters) }, running.signal, event => this.event(turn, event))
      if (!turn.done) throw new Error('The answer was cut off before its end. Press Enter to ask again.')
      this.keep(turn)
      this.show(turn)
      this.close(turn)
    } catch (e) {
      if (e.name === 'AbortError') return
      turn.failed = e.message
      if (this.shown === turn) this.show(null)
      this.failed(e)
    } finally {
      if (this.running === running) this.running = null
    }
  }

  event(turn, event) {
    switch (event.kind) {
      case 'found':
        turn.passages = event.passages ?? []
        break
      case 'sentence':
        turn.sentences.push(event.sentence)
        if (this.shown === turn) this.add(turn, event.sentence)
        break
      case 'done':
        finish(turn, event.chat)
        break
      case 'failed':
        throw new Error(event.error ?? 'The answer failed and does not say why.')
    }
  }

  /** Shows a turn as the answer to what is in the box; null: there is none. */
  show(turn) {
    this.shown = turn
    this.thread()
    const el = byId('answer')
    if (!turn) {
      show(el)
      this.cited(new Map())
      return
    }
    this.text = h('div', { class: 'said' }, turn.sentences.map(s => this.sentence(turn, s)))
    if (!turn.done) this.text.append(this.waiting = h('span', { class: 'waiting' }, h('span', { class: 'hidden' }, 'The answer is on its way')))
    show(el, theirs('h2', { id: 'answer-title' }, turn.question), this.text, turn.done && this.below(turn))
    this.cited(new Map(turn.grounds.map(g => [g.id, g.n])))
  }

  add(turn, sentence) {
    this.waiting.before(this.sentence(turn, sentence))
    speak(inWords(sentence))
  }

  close(turn) {
    const n = turn.grounds.length
    speak(n ? `The answer is complete. It rests on ${count(n, 'passage')}.` : 'The answer is complete.')
  }

  /** A sentence, with its numbers as links. What its check doubted is said, and not by colour alone. */
  sentence(turn, s) {
    const el = h('span', { class: 'sentence', 'data-label': s.label || null, lang: languageOf(s.text) })
    const parts = cut(s)
    for (let i = 0; i < parts.length; i++) {
      const cites = []
      const [, text, last] = /^([^]*?)(\S*)$/.exec(visible(parts[i].text ?? ''))
      while (parts[i + 1]?.n) cites.push(this.citation(turn, parts[++i].n, s))
      // A number stays with the word before it.
      el.append(text, cites.length ? h('span', { class: 'together' }, last, cites) : last)
    }
    const doubt = labels[s.label]
    if (doubt) el.append(h('span', { class: 'doubt' }, ` (${s.why ? visible(s.why) : doubt})`))
    return el
  }

  citation(turn, n, sentence) {
    const ground = () => turn.grounds.find(g => g.n === n) ?? turn.passages.find(p => p.n === n)
    const known = ground()
    return h('a', {
      class: 'cite', href: known ? this.href(known) : '#', 'aria-label': known ? `Source ${n}: ${known.path}, ${lines(known.lines)}` : `Source ${n}`, title: known ? `${known.path}, ${place(known)}` : null,
      click: e => {
        if (!plainClick(e) || !ground()) return
        e.preventDefault()
        this.open(ground(), quoteOf(sentence))
      },
    }, String(n))
  }

  /** What an answer rests on, who worded it and what it could not see. */
  below(turn) {
    return [
      h('ol', { class: 'grounds', role: 'list', 'aria-label': 'Sources of this answer' }, turn.grounds.map(g => this.ground(turn, g))),
      turn.nothing && !turn.passages.length && none(turn.nothing), missing(turn.degraded), (turn.notices ?? []).map(n => theirs('p', { class: 'note' }, n)),
      h('p', { class: 'after' }, h('span', null, wordedBy(turn)), turn.grounds.length > 0 && button('Copy with sources', e => copy(e.target, asText(turn)).then(said => {
        e.target.textContent = said
      }), { class: 'act' }), button('Ask again', () => this.again(turn), { class: 'act' })),
    ]
  }

  ground(turn, g) {
    const [folder, name] = split(g.path)
    const quote = turn.sentences.find(s => s.citations.includes(g.n))
    const said = [freshness[g.fresh], labels[g.label], ...(g.flags ?? []).filter(f => f !== 'cut').map(f => flags[f] ?? plain(f))].filter(Boolean)
    return h('li', null, h('span', { class: 'cite', 'aria-hidden': 'true' }, String(g.n)),
      h('a', { class: 'where', href: this.href(g), click: e => plainClick(e) && (e.preventDefault(), this.open(g, quote && quoteOf(quote))) },
        theirs('span', { class: 'soft' }, folder), theirs('span', null, name), h('span', { class: 'soft' }, `, ${place(g)}`)),
      said.length > 0 && h('span', { class: 'warn' }, list(said)))
  }

  /** What was asked before, out of the way. */
  thread() {
    const before = this.turns.filter(t => t !== this.shown)
    if (!before.length) return show(byId('thread'))
    const turns = h('div', { class: 'turns', tabindex: 0, role: 'region', 'aria-label': 'Earlier questions' })
    const details = h('details', { toggle: () => details.open && !turns.firstChild && turns.append(...before.map(t => this.turn(t))) },
      h('summary', null, h('span', null, `Follows ${count(before.length, 'earlier question')}`), button('Start anew', e => {
        e.preventDefault()
        this.forget()
      }, { class: 'act' })), turns)
    show(byId('thread'), details)
  }

  turn(turn) {
    return h('article', { class: 'turn' }, theirs('h3', null, turn.question), h('div', { class: 'said' }, turn.sentences.map(s => this.sentence(turn, s))))
  }

  forget() {
    this.turns = this.shown?.done ? [this.shown] : []
    remember(this.turns)
    this.thread()
    speak('Earlier questions are forgotten.')
  }

  keep(turn) {
    this.turns = [...this.turns.filter(t => t.question !== turn.question), turn].slice(-keptMost)
    remember(this.turns)
  }
}

function finish(turn, said) {
  const grounds = said.sluice ?? {}
  Object.assign(turn, { done: true, answer: said.answer, sentences: said.sentences, model: said.model, grounds: grounds.citations ?? [], funnel: grounds.funnel, degraded: grounds.degraded,
    nothing: grounds.nothing, notices: grounds.notices, sent: grounds.sent ?? [], passages: said.passages ?? turn.passages })
}

/** A sentence in pieces: text, and numbers where its marks say. Places count code points. */
function cut(s) {
  const letters = [...s.text]
  const out = []
  let at = 0
  for (const m of [...(s.marks ?? [])].sort((a, b) => a.start - b.start)) {
    const from = m.start - s.start, to = m.end - s.start
    if (from < at || to > letters.length) continue
    const text = letters.slice(at, from).join('')
    out.push({ text: text.endsWith(' ') ? text.slice(0, -1) : text }, { n: m.n })
    at = to
  }
  out.push({ text: letters.slice(at).join('') })
  return out
}

/** A sentence without its numbers: what is looked for in the document. */
const quoteOf = s => cut(s).map(p => p.text ?? '').join('').trim()

function inWords(s) {
  const cited = s.citations?.length ? `, source ${list(s.citations.map(String))}` : ''
  const doubt = labels[s.label] ? `, ${labels[s.label]}` : ''
  return `${quoteOf(s)}${cited}${doubt}`
}

function wordedBy(turn) {
  if (!turn.model || turn.model === 'sluice') return 'In your documents’ own words; nothing left this machine.'
  const sent = (turn.sent ?? []).map(s => `${visible(s.host)} received ${count(s.passages, 'passage')}${s.masked ? `, ${count(s.masked, 'secret')} cut out` : ''}`)
  return `Worded by ${visible(turn.model)}.${sent.length ? ` ${list(sent)}.` : ''}`
}

function asText(turn) {
  return `${turn.answer}\n\n${turn.grounds.map(g => `[${g.n}] ${g.path}:${g.lines.join('-')}`).join('\n')}\n`
}

// A conversation lasts as long as its tab. The texts of passages are not kept: their ids find them.
function remember(turns) {
  try {
    sessionStorage.setItem(kept, JSON.stringify(turns.map(({ passages, ...t }) => t)))
  } catch {
    sessionStorage.removeItem(kept)
  }
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(kept) ?? '[]').map(t => ({ ...t, passages: [] }))
  } catch {
    return []
  }
}

