// A list of which only what can be seen is made. All rows are equally high, so the place of each is
// known without it; a row that has the focus stays, wherever the page is scrolled to.

import { h } from './dom.js'

const beyond = 6 // rows that are made above and below what can be seen

export class List {
  /** Row makes the content of an item in an empty <li>; leave is told of a row that goes. */
  constructor(el, { row, leave, near }) {
    Object.assign(this, { el, row, leave, near, items: [], rows: new Map(), height: 0, active: -1 })
    const again = () => {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0
        this.draw()
      })
    }
    addEventListener('scroll', again, { passive: true })
    addEventListener('resize', () => {
      this.height = 0
      again()
    })
    el.addEventListener('focusin', e => {
      const li = e.target.closest('li')
      if (li) this.active = Number(li.getAttribute('aria-posinset')) - 1
    })
  }

  /** Takes other items. Those that are more of the same keep what stands there. */
  set(items, more = false) {
    if (!more) {
      for (const i of [...this.rows.keys()]) this.drop(i)
      this.active = -1
    }
    this.items = items
    for (const li of this.rows.values()) li.setAttribute('aria-setsize', items.length)
    this.draw()
  }

  draw() {
    const n = this.items.length
    const style = this.el.style
    if (!n) {
      style.paddingBlock = '0'
      return
    }
    if (!this.height) this.measure()
    const top = this.el.getBoundingClientRect().top
    const first = clamp(Math.floor(-top / this.height) - beyond, 0, n - 1)
    const last = clamp(Math.ceil((innerHeight - top) / this.height) + beyond, first, n - 1)
    this.between(first, last)
    style.paddingBlockStart = `${first * this.height}px`
    style.paddingBlockEnd = `${(n - 1 - last) * this.height}px`
    if (last > n - 8) this.near?.(n)
  }

  between(first, last) {
    const focused = this.el.contains(document.activeElement) ? this.active : -1
    for (const i of [...this.rows.keys()]) if ((i < first || i > last) && i !== focused) this.drop(i)
    let before = focused > last ? this.rows.get(focused) : null
    for (let i = last; i >= first; i--) {
      let li = this.rows.get(i)
      if (!li) {
        li = this.make(i)
        this.el.insertBefore(li, before)
      }
      before = li
    }
    const kept = this.rows.get(focused)
    if (kept) kept.classList.toggle('aside', focused < first || focused > last)
  }

  make(i) {
    const li = h('li', { class: 'hit', 'aria-posinset': i + 1, 'aria-setsize': this.items.length })
    this.rows.set(i, li)
    this.row(li, this.items[i], i)
    return li
  }

  drop(i) {
    const li = this.rows.get(i)
    this.rows.delete(i)
    this.leave?.(li, i)
    li.remove()
  }

  measure() {
    const li = this.rows.values().next().value ?? this.el.appendChild(this.make(0))
    this.height = li.getBoundingClientRect().height || 140
  }

  /** Puts the focus on a row, wherever it is. */
  focus(i) {
    if (!this.items.length) return false
    this.active = i = clamp(i, 0, this.items.length - 1)
    if (!this.rows.has(i)) {
      scrollBy(0, this.el.getBoundingClientRect().top + i * this.height - innerHeight / 3)
      this.draw()
    }
    const link = this.rows.get(i)?.querySelector('a')
    link?.focus({ preventScroll: true })
    link?.closest('li').scrollIntoView({ block: 'nearest' })
    return Boolean(link)
  }
}

const clamp = (n, low, high) => Math.max(low, Math.min(n, high))
