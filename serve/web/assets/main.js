// The page: a box, what is found, an answer, and a place beside them. The address says what is
// shown; everything here follows from it.

import { h, show, byId, button, settled, theirs } from './dom.js'
import { count, since } from './words.js'
import { wordsOf, pattern } from './mark.js'
import { takeToken, keepToken, status } from './api.js'
import { parse, address, filterNames } from './link.js'
import { Found, plainClick } from './found.js'
import { Conversation } from './answer.js'
import { DocumentView } from './document.js'
import { Side, icon, copy } from './side.js'
import { summary, account } from './funnel.js'
import { sourcesPanel, whyPanel, missedPanel, keysPanel, look, setting } from './panels.js'

const pause = 20 // ms without a key before another search takes the place of one that runs

const box = byId('question')
let state = parse('')
let known = null // the status of the store

const hrefOf = r => address({ ...state, view: '', read: r.id, lines: r.lines })
const side = new Side(() => close())
const found = new Found({ open: r => open(r), href: hrefOf, failed: trouble, arrived })
const talk = new Conversation({ open, href: hrefOf, failed: trouble, cited: numbers => found.cited(numbers), again: t => {
  go({ ...state, question: t.question, answer: true }, { anew: true })
} })

/** Goes to a state: the address first, then what it shows. */
function go(next, { replace = false, kept = {}, anew = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](kept, '', address(next))
  render(next, { kept, anew })
}

function render(next, { kept = {}, anew = false, typed = false } = {}) {
  const before = state
  state = next
  document.body.dataset.state = state.question ? 'asked' : 'start'
  document.title = state.question ? `${state.question.slice(0, 80)} · Sluice` : 'Sluice'
  if (!typed && box.value !== state.question) box.value = state.question
  filtersButton()
  const same = !anew && before.question === state.question && sameFilters(before, state)
  if (!same) ask(typed)
  answer(same, anew)
  besides(before, kept)
}

const sameFilters = (a, b) => filterNames.every(n => (a.filters[n] ?? '') === (b.filters[n] ?? ''))

const later = settled(pause, () => found.ask(state))

function ask(typed) {
  if (!byId('trouble').querySelector('form')) trouble(null) // who types a token keeps it
  byId('welcome').hidden = Boolean(state.question)
  if (!state.question.trim()) {
    later.cancel()
    found.stop()
    byId('found').hidden = true
    return
  }
  later.cancel()
  if (typed && found.running) later()
  else found.ask(state)
}

/** The answer is that of the question in the box; another one's is among the earlier ones. */
function answer(same, anew) {
  if (!state.answer) {
    if (talk.shown && talk.shown.question !== state.question) talk.show(null)
    return
  }
  if (same && talk.shown?.question === state.question) return
  const given = anew ? null : talk.find(state.question)
  if (given) talk.show(given)
  else talk.ask(state)
}

/** What the address says stands beside the list. */
async function besides(before, kept) {
  const { read, view } = state
  if (!read && !view) {
    side.close()
    found.opened('')
    return
  }
  if (side.isOpen && read === before.read && view === before.view && state.document === before.document && !view) return
  try {
    if (read) await documentBeside(kept)
    else await panels[view]?.()
    if (!kept.stay) side.focus()
  } catch (e) {
    if (e.name === 'AbortError') return
    side.page('That did not work', null, theirs('p', { class: 'note bad' }, e.message))
    side.focus()
    if (e.status === 401) trouble(e)
  }
}

const panels = {
  sources: () => sourcesPanel(side),
  keys: () => keysPanel(side),
  missed: () => missedPanel(side, state, { href: hrefOf, open, ask: path => go({ ...state, view: 'why', document: path }) }),
  why: () => whyPanel(side, state, { href: hrefOf, open, go: change => go({ ...state, ...change, view: 'why' }, { replace: true }) }),
}

async function documentBeside(kept) {
  const shown = new DocumentView({ id: state.read, meant: state.lines, quote: kept.quote, find: pattern(wordsOf(state.question)), signal: side.begin('read') })
  const first = await shown.load()
  const p = shown.passage
  found.opened(p.id)
  const place = `${p.path}:${shown.meant.join('-')}`
  const path = icon(`Copy ${place}`, 'M9 9h10v10H9zM5 15V5h10', () => copy(path, place))
  const link = icon('Copy a link to this place', 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1', () => copy(link, new URL(address({ filters: {}, read: p.id, lines: shown.meant }), location.href).href))
  const reason = state.question && icon('Why is this here?', 'M9.500 9a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.01M21 12a9 9 0 1 1-18 0a9 9 0 0 1 18 0z', () => go({ ...state, read: '', lines: null, view: 'why', document: p.path }))
  side.put(shown.head(), shown.body(first), shown, [reason, path, link])
  shown.arrive()
}

/** Opens a passage beside the list. Quote is the sentence that cites it. */
function open(r, quote, stay) {
  go({ ...state, view: '', document: '', read: r.id, lines: r.lines }, { replace: side.isOpen, kept: { quote, stay } })
}

function view(name, change = {}) {
  if (side.name === name && !change.document) return close()
  go({ ...state, read: '', lines: null, document: '', ...change, view: name }, { replace: side.isOpen })
}

function close() {
  go({ ...state, read: '', lines: null, view: '', document: '' }, { replace: true })
}

/** What arrives with each search: the funnel, and that there is no trouble. */
function arrived(answer) {
  trouble(null)
  const how = byId('how')
  how.replaceChildren(...summary(answer.funnel).flat(9))
  if (how.getAttribute('aria-expanded') === 'true') funnel()
}

function funnel() {
  const funnel = talk.shown?.done && talk.shown.funnel || found.answer?.funnel
  if (!funnel) return
  show(byId('funnel'), account(funnel, { missed: () => view('missed'), why: () => view('why') }))
}

byId('how').addEventListener('click', () => {
  const how = byId('how')
  const open = how.getAttribute('aria-expanded') !== 'true'
  how.setAttribute('aria-expanded', open)
  if (open) funnel()
  else show(byId('funnel'))
})

/** What went wrong, where everybody sees it, and what to do about it. */
function trouble(e) {
  const el = byId('trouble')
  if (!e) {
    el.replaceChildren()
    return
  }
  if (e.status === 401 && el.querySelector('form')) return
  el.replaceChildren(h('div', { class: 'note bad' }, theirs('p', null, e.message), e.status === 401 && tokenForm()))
}

function tokenForm() {
  const token = h('input', { type: 'password', name: 'token', autocomplete: 'off', 'aria-label': 'Token', placeholder: 'Token' })
  return h('form', { submit: e => {
    e.preventDefault()
    keepToken(token.value.trim())
    trouble(null)
    greet()
    render(state, { anew: true })
  } }, h('span', { class: 'field' }, token), h('button', { class: 'main-button' }, 'Use this token'))
}

// The box.
box.addEventListener('input', () => {
  const next = { ...state, question: box.value, answer: false }
  const leave = state.answer || !state.question // what was there keeps its entry: back leads to it
  history[leave ? 'pushState' : 'replaceState'](leave ? {} : history.state, '', address(next))
  render(next, { typed: true })
})
byId('form').addEventListener('submit', e => {
  e.preventDefault()
  if (!box.value.trim()) return
  go({ ...state, question: box.value, answer: true }, { replace: true, anew: state.answer && !talk.running })
})
box.addEventListener('keydown', e => {
  if (e.isComposing) return
  if (e.key === 'Enter' && !e.shiftKey) {
    e.preventDefault()
    byId('form').requestSubmit()
  } else if (e.key === 'ArrowDown' && box.selectionEnd === box.value.length && !byId('found').hidden) {
    if (found.list.focus(0)) e.preventDefault()
  } else if (e.key === 'Escape' && !side.isOpen) box.select()
})

// The list: arrows move, and what is open beside it follows.
const follow = settled(120, i => side.name === 'read' && !byId('list').inert && open(found.list.items[i], '', true))
byId('list').addEventListener('keydown', e => {
  const at = found.list.active
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.list.items.length - 1, PageDown: at + 8, PageUp: Math.max(0, at - 8) }[e.key]
  if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return
  e.preventDefault()
  if (to < 0) return box.focus()
  found.list.focus(to)
  if (side.name === 'read') follow(found.list.active)
})

addEventListener('keydown', e => {
  if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return
  const typing = e.target.closest?.('input, textarea, select')
  if (e.key === 'Escape') {
    if (side.isOpen) close()
    else if (!typing) box.focus()
  } else if (!typing && setting('keys') !== 'off' && e.key === '/') {
    e.preventDefault()
    box.focus()
    box.select()
  } else if (!typing && setting('keys') !== 'off' && e.key === '?') view('keys')
})

byId('state').addEventListener('click', () => view('sources'))
byId('help').addEventListener('click', () => view('keys'))
byId('home').addEventListener('click', e => {
  if (!plainClick(e)) return
  e.preventDefault()
  go(parse(''))
  box.focus()
})
addEventListener('instead', e => {
  const [word, near] = e.detail
  go({ ...state, question: state.question.replace(word, near), answer: false }, { replace: true })
})
addEventListener('popstate', () => render(parse(location.search), { kept: { ...history.state, stay: true } }))

// What narrows it down.
byId('narrow').addEventListener('click', () => {
  const el = byId('filters'), button = byId('narrow')
  const open = el.hidden
  button.setAttribute('aria-expanded', open)
  if (open) show(el, filterForm())
  else show(el)
})

function filterForm() {
  const change = () => {
    const filters = Object.fromEntries([...new FormData(form)].filter(([, v]) => v))
    go({ ...state, filters, answer: false }, { replace: true })
  }
  const field = (name, label, props) => h('label', { class: 'field' }, label, h('input', { name, value: state.filters[name] ?? '', autocomplete: 'off', spellcheck: 'false', dir: 'auto', ...props }))
  const labels = known?.sources.map(s => s.label) ?? []
  const form = h('form', { 'aria-label': 'Narrow it down', change, submit: e => e.preventDefault() },
    h('label', { class: 'field' }, 'Source', h('select', { name: 'source' }, h('option', { value: '' }, 'all'), labels.map(l => h('option', { value: l, selected: state.filters.source === l }, l)))),
    field('path', 'Path', { placeholder: 'docs/**' }), field('type', 'Type', { placeholder: 'markdown, go' }), field('after', 'From', { placeholder: '30d, 2026-03-01' }), field('before', 'Before', { placeholder: '2026-06-30' }))
  return form
}

function filtersButton() {
  byId('narrow').toggleAttribute('data-some', filterNames.some(n => state.filters[n]))
}

// What the store holds, in words: at first, and from time to time.
async function greet() {
  try {
    known = await status()
  } catch (e) {
    byId('state').dataset.mood = 'warn'
    byId('state-text').textContent = e.status === 0 ? 'Not connected' : 'Sources'
    if (!state.question || e.status === 401) trouble(e)
    return
  }
  const documents = known.sources.reduce((n, s) => n + s.documents, 0)
  const newest = known.sources.map(s => s.synced).filter(Boolean).sort().at(-1)
  const bad = known.degraded.length || known.sources.some(s => s.errors.length || !s.synced)
  byId('state').dataset.mood = bad ? 'warn' : 'good'
  byId('state-text').textContent = bad ? 'Something is missing' : documents ? count(documents, 'document') : 'No sources'
  byId('state').title = newest ? `Read ${since(newest)}` : ''
  welcome(documents, newest)
}

function welcome(documents, newest) {
  const sources = known.sources.length
  const say = documents
    ? h('p', null, `${count(documents, 'document')} from `, button(count(sources, 'source'), () => view('sources')), `, read ${since(newest)}.`, h('br'), 'Nothing leaves this machine unless you say so.')
    : h('div', null, h('p', null, 'Nothing is opted in yet. Opt a folder in, and ask:'), h('pre', null, 'sluice add ~/notes ~/src/project'))
  byId('welcome').replaceChildren(say, h('p', { class: 'hints' }, [['/', 'ask'], ['↓ ↑', 'move'], ['Enter', 'answer'], ['?', 'keys']].map(([k, does]) => h('span', null, h('kbd', null, k), ` ${does}`))))
}

takeToken()
look()
render(parse(location.search), { kept: { ...history.state } })
byId('welcome').hidden = Boolean(state.question)
greet()
setInterval(() => document.visibilityState === 'visible' && greet(), 60_000)
if (!state.question && !state.read && !state.view) box.focus()
