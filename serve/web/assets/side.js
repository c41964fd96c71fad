// What stands beside the list: one thing at a time. On a phone it lies over the list.

import { h, show, byId, button, svg } from './dom.js'

export class Side {
  constructor(closed) {
    this.el = byId('side')
    this.closed = closed
  }

  get isOpen() { return !this.el.hidden }

  /** Clears the place for something new, and returns the signal that ends it. */
  begin(name) {
    this.end()
    this.was ??= document.activeElement === document.body ? null : document.activeElement
    this.name = name
    this.running = new AbortController()
    document.body.dataset.side = name
    document.querySelector('main .column').inert = matchMedia('(max-width: 61.99rem)').matches
    return this.running.signal
  }

  /** Shows a head and a body. Keep is told when they go. */
  put(head, body, keep, extra) {
    this.keep = keep
    show(this.el, h('div', { class: 'side-head' }, head, h('div', { class: 'icons' }, extra, icon('Close (Escape)', 'M6 6l12 12M18 6L6 18', () => this.closed()))), body)
    this.el.setAttribute('aria-label', head.querySelector('h2')?.textContent.slice(0, 120) ?? 'Beside the list')
  }

  /** The same for what is only text and forms. */
  page(title, about, ...children) {
    this.put(h('div', null, h('h2', { tabindex: -1 }, title), about && h('p', null, about)), h('div', { class: 'side-body pad', tabindex: 0, role: 'region', 'aria-label': title }, children))
  }

  focus() { this.el.querySelector('h2')?.focus({ preventScroll: true }) }

  end() {
    this.running?.abort()
    this.keep?.leave?.()
    this.keep = this.running = null
  }

  close() {
    if (!this.isOpen) return
    this.end()
    show(this.el)
    this.name = ''
    document.body.removeAttribute('data-side')
    document.querySelector('main .column').inert = false
    if (this.was?.isConnected) this.was.focus({ preventScroll: true })
    this.was = null
  }
}

export function icon(label, path, click) {
  return h('button', { type: 'button', class: 'icon', title: label, 'aria-label': label, click }, svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: path, class: 'stroke' })))
}

/** Puts text on the clipboard, and says so on the button. */
export async function copy(button, text) {
  const was = button.getAttribute('aria-label')
  let said = 'Copied'
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    said = 'The browser did not let it be copied'
  }
  button.setAttribute('aria-label', said)
  button.title = said
  setTimeout(() => {
    button.setAttribute('aria-label', was)
    button.title = was
  }, 1500)
  return said
}

export { button }
