// Making elements. Whatever comes from a document, a model or the address bar goes through here as
// text: nothing in this page parses HTML, and the policy that it is served under forbids it.

const svgSpace = 'http://www.w3.org/2000/svg'

/** An element. A function among the properties listens; false and null leave a property out. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children)
}

/** An element of a drawing. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(svgSpace, tag), props, children)
}

function fill(el, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue
    if (typeof value === 'function') el.addEventListener(name, value)
    else el.setAttribute(name, value === true ? '' : String(value))
  }
  el.append(...children.flat(9).filter(c => c !== null && c !== undefined && c !== false))
  return el
}

/** An element whose text was written by somebody else, in whatever language and direction. */
export function theirs(tag, props, text) {
  return h(tag, { dir: 'auto', lang: languageOf(text), ...props }, visible(text))
}

export const byId = id => document.getElementById(id)

/** Puts children in the place of what is there. */
export function show(el, ...children) {
  el.replaceChildren(...children.flat(9).filter(c => c !== null && c !== undefined && c !== false))
  el.hidden = !el.firstChild
  return el
}

const scripts = [
  [/[\u3040-\u30ff]/, 'ja'], [/[\uac00-\ud7af\u1100-\u11ff]/, 'ko'], [/[\u4e00-\u9fff\u3400-\u4dbf]/, 'zh'],
  [/[\u0590-\u05ff]/, 'he'], [/[\u067e\u0686\u0698\u06af\u06cc]/, 'fa'], [/[\u0600-\u06ff]/, 'ar'],
  [/[\u0400-\u04ff]/, 'ru'], [/[\u0370-\u03ff]{3}/, 'el'], [/[\u0e00-\u0e7f]/, 'th'], [/[\u0900-\u097f]/, 'hi'],
]

/** The language that a text's letters tell: it chooses glyphs (Han) and a reader's voice. */
export function languageOf(text) {
  const start = text.slice(0, 400)
  for (const [letters, language] of scripts) if (letters.test(start)) return language
  return null
}

// Characters that turn or hide what stands around them: with them a path or a line can be made to
// read as another one. They are shown as what they are.
const tricky = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\udb40[\udc00-\udfff]/g

/** A text with its invisible characters made visible. Joiners stay: scripts need them. */
export function visible(text) {
  return text.replace(tricky, c => c === '\r' ? '' : `⟨${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`)
}

/** A button. */
export function button(label, click, props) {
  return h('button', { type: 'button', click, ...props }, label)
}

/** Tells a screen reader one whole sentence, once. */
export function speak(sentence) {
  const log = byId('spoken')
  log.append(h('p', null, visible(sentence)))
  while (log.childElementCount > 20) log.firstChild.remove()
}

/** Calls back when nothing more happened for a while. */
export function settled(ms, then) {
  let timer = 0
  const later = (...args) => {
    clearTimeout(timer)
    timer = setTimeout(() => then(...args), ms)
  }
  later.cancel = () => clearTimeout(timer)
  return later
}
