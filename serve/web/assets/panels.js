// What stands beside the list besides documents: sources, why, near misses, keys.

import { h, theirs, button, show, visible } from './dom.js'
import { number, count, bytes, since, moment, leftOut, plain, coverage, lines, list } from './words.js'
import { missing, place, plainClick } from './found.js'
import { split } from './kinds.js'
import { status, why, search } from './api.js'
import { filtersOf } from './link.js'

/** The sources, what was left out of them and why, and how fresh all of it is. */
export async function sourcesPanel(side) {
  const signal = side.begin('sources')
  side.page('Sources', 'What was opted in, and what of it can be found', h('p', { class: 'soft' }, 'Looking …'))
  const s = await status(signal)
  const gaps = coverage(s.sources)
  side.page('Sources', 'What was opted in, and what of it can be found',
    missing(s.degraded),
    s.sources.length ? null : h('p', null, 'Nothing is opted in yet. From a shell: ', h('code', null, 'sluice add FOLDER')),
    s.sources.map(source),
    h('section', { class: 'card' }, h('h3', null, 'The store'), h('dl', null,
      pair('Coverage', gaps.length ? gaps.join(' ') : 'Every document can be found.'),
      pair('On disk', `${bytes(s.disk)}, generation ${number(s.generation)}`),
      pair('Read in full', s.last_full_scrub ? `${since(s.last_full_scrub)}; every checksum was compared` : 'Not yet: it is compared, part by part, while Sluice runs.'),
      s.scrub?.found_n > 0 && pair('Damage', `${count(s.scrub.found_n, 'part')} did not hold what was written. sluice repair mends them.`),
      s.forgetting && pair('Forgetting', s.forgetting), pair('Folder', s.store))))
  return s
}

const pair = (name, value) => [h('dt', null, name), h('dd', null, typeof value === 'string' ? visible(value) : value)]

function source(s) {
  const out = Object.entries(s.left_out ?? {}).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1])
  const guessed = Object.entries(s.guessed ?? {})
  return h('section', { class: 'card' }, theirs('h3', null, s.label), theirs('p', { class: 'soft' }, s.uri), h('dl', null,
    pair('Holds', `${count(s.documents, 'document')}, ${count(s.passages, 'passage')}, ${bytes(s.bytes)}`),
    pair('Read', s.synced ? h('span', { title: moment(s.synced) }, `${since(s.synced)}, to its end`) : h('span', { class: 'warn' }, 'not yet to its end: sluice sync goes on')),
    coverage([s]).length > 0 && pair('Found', coverage([s]).join(' ')),
    pair('Left out', out.length ? h('ul', null, out.map(([reason, n]) => h('li', null, `${number(n)}: ${leftOut[reason] ?? plain(reason)}`))) : 'nothing'),
    s.secrets > 0 && pair('Cut out', `${count(s.secrets, 'secret')} in ${count(s.secret_documents, 'document')}`),
    guessed.length > 0 && pair('Guessed', list(guessed.map(([encoding, n]) => `${encoding} in ${count(n, 'document')}`))),
    s.errors?.length > 0 && pair('Trouble', h('ul', { class: 'warn' }, s.errors.map(e => theirs('li', null, e))))))
}

/** Why a document was, or was not, found: a form, and what it says. */
export async function whyPanel(side, state, { href, open, go }) {
  const signal = side.begin('why')
  const path = h('input', { name: 'document', value: state.document ?? '', dir: 'auto', required: true, autocomplete: 'off', spellcheck: 'false', placeholder: 'docs/measured.md' })
  const question = h('input', { name: 'question', value: state.question, dir: 'auto', required: true, autocomplete: 'off' })
  const said = h('div', { class: 'pad', 'aria-live': 'polite' })
  const form = h('form', { class: 'ask-why', submit: e => {
    e.preventDefault()
    go({ question: question.value, document: path.value.trim() })
  } }, h('label', { class: 'field' }, 'Question', question), h('label', { class: 'field' }, 'Document', path), h('button', { class: 'main-button' }, 'Why?'))
  side.page('Why', 'Where a document fell out, or how it came through', form, said)
  said.classList.remove('pad')
  if (!state.document || !state.question) {
    show(said)
    return
  }
  show(said, h('p', { class: 'soft' }, 'Looking …'))
  const w = await why({ query: state.question, path: state.document, ...filtersOf(state.filters) }, signal)
  show(said, missing(w.degraded), w.note && theirs('p', { class: 'note' }, w.note),
    w.advice?.length > 0 && h('div', null, h('h3', null, 'What would bring it in'), h('ul', { class: 'prose-list' }, w.advice.map(a => theirs('li', null, a)))),
    h('p', { class: 'soft' }, count(w.passages.length, 'passage')), w.passages.slice(0, 100).map(p => h('section', { class: 'card' },
      h('h3', null, passageLink(p, href, open, lines(p.lines))), theirs('p', null, p.said || `${plain(p.reason)} at ${p.stage}`), theirs('pre', { tabindex: 0 }, p.text))))
}

function passageLink(p, href, open, label) {
  return h('a', { href: href(p), click: e => plainClick(e) && (e.preventDefault(), open(p)) }, label)
}

const window_ = 117, near = 43

/** The passages that came closest and did not come into the window. */
export async function missedPanel(side, state, { href, open, ask }) {
  const signal = side.begin('missed')
  const about = `What stands after the best ${window_}, in order`
  side.page('Near misses', about, h('p', { class: 'soft' }, 'Looking …'))
  const found = await search({ query: state.question, n: window_ + near, ...filtersOf(state.filters) }, signal)
  const out = found.results.slice(window_)
  side.page('Near misses', about, missing(found.degraded), out.length ? null : h('p', null, `No more than ${window_} passages were found: nothing that matched was left out for its place.`), out.map(r => {
    const [folder, name] = split(r.path)
    return h('section', { class: 'card' }, h('h3', null, h('span', { class: 'soft' }, `${number(r.rank)}. `), passageLink(r, href, open, h('span', null, theirs('span', { class: 'soft' }, folder), theirs('span', null, name)))),
      h('p', { class: 'soft' }, `${place(r)} · score ${r.score.toFixed(2)}`), theirs('pre', { tabindex: 0 }, r.text.slice(0, 600)), h('p', null, button('Why?', () => ask(r.path), { class: 'act', 'aria-label': `Why is ${r.path} not in the window?` })))
  }))
}

const keys = [
  ['/', 'to the question'], ['Enter', 'in the question: an answer; on a passage: open it'], ['↓ ↑', 'through what was found'], ['Esc', 'close what is open, then back to the question'], ['?', 'this'],
]

export const setting = name => localStorage.getItem(`sluice.${name}`)

/** Sets how the page looks, as it was chosen. */
export function look() {
  const chosen = setting('look')
  if (chosen) document.documentElement.dataset.look = chosen
  else delete document.documentElement.dataset.look
}

export function keysPanel(side) {
  side.begin('keys')
  const radio = (value, label) => h('label', null, h('input', { type: 'radio', name: 'look', value, checked: (setting('look') ?? '') === value, change: () => {
    if (value) localStorage.setItem('sluice.look', value)
    else localStorage.removeItem('sluice.look')
    look()
  } }), label)
  side.page('Keys and looks', null,
    h('dl', { class: 'keys' }, keys.map(([key, does]) => [h('dt', null, key.split(' ').map(k => [h('kbd', null, k), ' '])), h('dd', null, does)])),
    h('div', { class: 'looks' }, h('label', null, h('input', { type: 'checkbox', checked: setting('keys') !== 'off', change: e => localStorage.setItem('sluice.keys', e.target.checked ? 'on' : 'off') }), 'The keys / and ? alone')),
    h('fieldset', null, h('legend', null, 'Looks'), h('div', { class: 'looks' }, radio('', 'As the system'), radio('light', 'Light'), radio('dark', 'Dark'))),
    h('section', null, h('h3', null, 'In a question'), h('dl', { class: 'keys' }, [['"a phrase"', 'must occur as written'], ['-word', 'must not occur'], ['path:docs/**', 'only there'], ['lang:go', 'only of this type']].map(([what, means]) => [h('dt', null, h('code', null, what)), h('dd', null, means)]))),
    h('p', { class: 'soft' }, 'Documents are shown as text and never run. This page speaks to its own server only.'))
}
