// Which words of a text the question asked for: for the eye only, by the browser's own highlights,
// so that no element is made of somebody's text.

const stop = new Set(('a an and are as at be by can do does for from had has have how i if in into is it its me my no not of on or our ' +
  'so that the their them then there these they this to was we were what when where which who why will with you your ' +
  'der die das und ist ein eine wie was wo wer le la les des une est que qui el los las un una es por').split(' '))
const cut = /(?:ation|ings?|edly|ed|ies|es|s|ly|e|n|en)$/
const scriptsWithoutSpaces = /[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]/

/** What to look for: the beginning of each word that tells something. */
export function wordsOf(question) {
  const words = new Set()
  for (const [raw] of question.toLowerCase().matchAll(/[\p{L}\p{N}_]+/gu)) {
    if (scriptsWithoutSpaces.test(raw)) {
      for (let i = 0; i + 2 <= raw.length; i++) words.add(raw.slice(i, i + 2))
      if (raw.length === 1) words.add(raw)
    } else if (!stop.has(raw) && (raw.length > 1 || /\d/.test(raw))) {
      words.add(raw.length > 4 ? raw.replace(cut, '') : raw)
    }
  }
  return [...words].slice(0, 64)
}

/** A pattern that finds these words where they begin one; null: there are none. */
export function pattern(words) {
  if (!words.length) return null
  const parts = words.map(w => (scriptsWithoutSpaces.test(w) ? '' : '(?<![\\p{L}\\p{N}])') + w)
  return new RegExp(`(?:${parts.join('|')})[\\p{L}\\p{M}]{0,4}`, 'giu')
}

/** The part of a passage that shows best why it was found: some lines of code, or a stretch of prose. */
export function excerpt(text, words, isCode) {
  const find = pattern(words)
  if (isCode) return bestLines(text, find)
  const flat = text.replace(/^\s*#{1,6}\s+|\*\*/gm, '').replace(/\s+/g, ' ').trim()
  if (!find || flat.length < 260) return flat
  const hits = [...flat.matchAll(find)]
  let best = 0, most = 0
  for (let i = 0; i < hits.length; i++) {
    const different = new Set()
    for (let j = i; j < hits.length && hits[j].index - hits[i].index < 220; j++) different.add(hits[j][0].toLowerCase().slice(0, 4))
    if (different.size > most) [most, best] = [different.size, hits[i].index]
  }
  const from = beginning(flat, best)
  return (from > 0 ? '… ' : '') + flat.slice(from, from + 420)
}

/** Where to begin to show: with the sentence, if it begins near, else with a word. */
function beginning(text, at) {
  const near = text.slice(Math.max(0, at - 90), at)
  const sentence = Math.max(near.lastIndexOf('. '), near.lastIndexOf('。') - 1, near.lastIndexOf('? '), near.lastIndexOf('! '))
  if (at < 90) return 0
  if (sentence >= 0) return at - near.length + sentence + 2
  const space = near.indexOf(' ', 50)
  return space < 0 ? at : at - near.length + space + 1
}

function bestLines(text, find) {
  const all = text.split('\n')
  let best = 0, most = -1, ties = 0
  for (let i = 0; i < all.length; i++) {
    if (!all[i].trim()) continue
    const three = all.slice(i, i + 3).join('\n')
    const n = find ? new Set([...three.matchAll(find)].map(m => m[0].toLowerCase().slice(0, 4))).size : 0
    if (n > most) [most, best, ties] = [n, i, 0]
    else if (n === most && n > 0 && i === best + ties + 1) ties++
  }
  best += ties >> 1 // what was looked for stands in the middle
  const shown = all.slice(best, best + 3)
  const indent = Math.min(...shown.filter(l => l.trim()).map(l => l.match(/^[\t ]*/)[0].length))
  return shown.map(l => l.slice(Number.isFinite(indent) ? indent : 0, 240)).join('\n')
}

const can = typeof Highlight === 'function' && CSS.highlights
const groups = { found: new Map(), said: new Map() }

/** Marks ranges of an element's text under a name; what was marked for the same key before goes. */
export function mark(name, key, ranges) {
  if (!can) return
  const group = groups[name]
  let set = CSS.highlights.get(name)
  if (!set) CSS.highlights.set(name, set = new Highlight())
  for (const old of group.get(key) ?? []) set.delete(old)
  if (ranges.length) group.set(key, ranges)
  else group.delete(key)
  for (const range of ranges) set.add(range)
}

/** Ranges of what a pattern finds in the text nodes below an element. */
export function rangesOf(el, find, most = 200) {
  const ranges = []
  if (!find || !can) return ranges
  const walk = document.createTreeWalker(el, NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); node && ranges.length < most; node = walk.nextNode()) {
    for (const m of node.data.matchAll(find)) ranges.push(rangeIn(node, m.index, node, m.index + m[0].length))
  }
  return ranges
}

export function rangeIn(from, start, to, end) {
  const range = new Range()
  range.setStart(from, start)
  range.setEnd(to, end)
  return range
}
