// Numbers, times and reasons, in words. All that the page says of them is said here.

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const minute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

export const number = n => whole.format(n)
export const compact = n => short.format(n)

/** "1 passage", "117 passages" */
export const count = (n, one, many = one + 's') => `${number(n)} ${n === 1 ? one : many}`

export function bytes(n) {
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (n < 1000) return `${n < 10 && unit !== 'B' ? n.toFixed(1) : Math.round(n)} ${unit}`
    n /= 1000
  }
  return `${n.toFixed(1)} TB`
}

export const milliseconds = ms => ms < 1 ? '< 1 ms' : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

const steps = [['second', 60], ['minute', 60], ['hour', 24], ['day', 30], ['month', 12], ['year', Infinity]]

/** "3 minutes ago" */
export function since(time, now = Date.now()) {
  let n = (new Date(time) - now) / 1000
  if (Number.isNaN(n)) return ''
  if (Math.abs(n) < 45) return 'just now'
  for (const [unit, size] of steps) {
    if (Math.abs(n) < size) return ago.format(Math.round(n), unit)
    n /= size
  }
}

export const date = time => time && !Number.isNaN(+new Date(time)) ? day.format(new Date(time)) : ''
export const moment = time => time && !Number.isNaN(+new Date(time)) ? minute.format(new Date(time)) : ''

/** "a, b and c" */
export function list(items) {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** "lines 3 to 12" */
export const lines = ([from, to]) => from === to ? `line ${number(from)}` : `lines ${number(from)} to ${number(to)}`

/** What a stage does with passages. */
export const stages = {
  gather: ['Gather', 'keeps the passages that hold words of the question, or mean what it says'],
  judge: ['Judge', 'puts them in order, and reads the best of them'],
  fresh: ['Fresh', 'asks the files whether they still say so'],
  pack: ['Pack', 'fills the window: no duplicates, neighbours in one piece'],
  show: ['Show', 'takes the best of them for the list'],
}

/** Why passages went no further. */
export const dropped = {
  filtered: 'outside of the filters',
  no_match: 'hold none of the words',
  below_cut: 'others matched better',
  duplicate: 'say nearly the same as one that was kept',
  merged: 'are part of a neighbour that was kept',
  budget: 'did not fit into the window',
  quarantined: 'are damaged and wait to be mended',
  gone: 'their file is gone or says something else now',
  timeout: 'time was up before they were looked at',
  failed: 'could not be read',
}

/** Why files were not read at all. */
export const leftOut = {
  ignored: 'named in an ignore file',
  hidden: 'names that start with a dot',
  excluded: 'excluded by a rule of yours',
  forgotten: 'forgotten, and kept out',
  git: 'Git’s own files',
  secret: 'keys and key stores',
  binary: 'no text in them',
  too_large: 'too large',
  symlink: 'links, which are not followed',
  special: 'neither a file nor a folder',
  unreadable: 'could not be read',
}

export const freshness = {
  fresh: '',
  changed: 'changed since it was read',
  gone: 'gone since it was read',
  unknown: 'not checked just now',
}

export const flags = {
  cut: 'shortened',
  near_duplicate: 'nearly the same stands elsewhere',
  secret_cut: 'a secret was cut out',
}

/** What the server has a name for and this page has no words for. */
export const plain = name => name.replaceAll('_', ' ')

export const labels = {
  supported: '',
  partly: 'only partly in its source',
  not_found: 'not found in its source',
  misattributed: 'in another source than it says',
}

/** What is seen of all documents, in a sentence for each arm that does not see everything. */
export function coverage(sources) {
  const all = sources.reduce((sum, s) => sum + s.documents, 0)
  if (!all) return []
  const seen = arm => sources.reduce((sum, s) => sum + s.documents * (s.coverage?.[arm] ?? 0), 0) / all
  const said = []
  const words = seen('lexical')
  if (words < 1) said.push(`${percent(1 - words)} of the documents are not ready to be searched.`)
  const meaning = seen('vectors')
  if (meaning > 0 && meaning < 1) said.push(`${percent(meaning)} of the documents are also found by meaning; the others by their words, until a model has read them.`)
  return said
}

const percent = share => share > 0 && share < 0.01 ? 'Less than 1 %' : `${Math.floor(share * 100)} %`
