// What a document is, by the end of its name: how its lines are shown depends on it.

const families = {
  slash: 'c h cc cpp cxx hpp hh m mm go java js mjs cjs jsx ts tsx rs swift kt kts scala cs dart php proto zig v sol css scss less groovy gradle jsonc json5 S s',
  hash: 'py pyi rb sh bash zsh fish pl pm r jl yaml yml toml tf cmake mk nix ex exs coffee conf ini cfg env dockerfile makefile kconfig gitignore ps1 awk',
  dash: 'sql lua hs elm ada vhd vhdl',
  semi: 'lisp clj cljs el scm rkt asm',
  none: 'json xml html htm svg vue csv tsv log diff patch tex bib lock sum mod ipynb vtt srt',
}
const familyOf = new Map(Object.entries(families).flatMap(([family, ends]) => ends.split(' ').map(end => [end, family])))
const mails = new Set(['eml', 'mbox', 'msg'])

const ending = path => path.slice(path.lastIndexOf('/') + 1).toLowerCase().split('.').at(-1)

/** code, mail or prose; of code, the family of its comments */
export function kindOf(document) {
  const end = ending(document.path)
  if (document.message_id || mails.has(end)) return { name: 'mail' }
  if (document.page || document.offset) return { name: 'prose' }
  const family = familyOf.get(end)
  if (family) return { name: 'code', family }
  return { name: 'prose', marked: end === 'md' || end === 'markdown' || end === 'mdx' }
}

/** "docs/", "measured.md" */
export function split(path) {
  const at = path.lastIndexOf('/') + 1
  return [path.slice(0, at), path.slice(at)]
}

const commentStart = { slash: '//', hash: '#', dash: '--', semi: ';' }
const keywords = new Set(('abstract as async await bool break case catch chan char class const continue def default defer del do double elif else enum ' +
  'export extends extern false final finally float fn for from func function go goto if impl implements import in int interface is lambda let long ' +
  'loop map match mod mut namespace new nil none None null package pass private protected pub public raise range return select self short signed ' +
  'sizeof static string struct super switch template this throw trait true True False try type typedef union unless unsigned until use using var ' +
  'virtual void volatile when where while with yield').split(' '))

/** Cuts a line of code into pieces: c comment, s string, k word of the language, '' the rest. State is
    whether a comment of several lines is open, and goes from one line to the next. */
export function pieces(line, family, state) {
  const out = []
  const add = (kind, text) => {
    if (!text) return
    if (out.length && out.at(-1).kind === kind) out.at(-1).text += text
    else out.push({ kind, text })
  }
  let at = 0
  const blocks = family === 'slash'
  if (state.open) {
    const end = line.indexOf('*/')
    if (end < 0) return add('c', line), out
    add('c', line.slice(0, end + 2))
    at = end + 2
    state.open = false
  }
  const token = /\/\*|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.){0,200}'|`[^`]*`?|[A-Za-z_][A-Za-z_0-9]*|\d[\w.]*|\/\/|--|[#;]|[^]/gy
  token.lastIndex = at
  const comment = commentStart[family]
  for (let m = token.exec(line); m; m = token.exec(line)) {
    const t = m[0]
    if (t === comment && (t !== '#' || m.index === 0 || /\s/.test(line[m.index - 1]))) {
      add('c', line.slice(m.index))
      break
    }
    if (t === '/*' && blocks) {
      const end = line.indexOf('*/', m.index + 2)
      if (end < 0) {
        state.open = true
        add('c', line.slice(m.index))
        break
      }
      add('c', line.slice(m.index, end + 2))
      token.lastIndex = end + 2
    } else if (t.length > 1 && /["'`]/.test(t[0])) add('s', t)
    else if (keywords.has(t)) add('k', t)
    else add('', t)
  }
  return out
}

/** Whether a comment of several lines is open where some lines begin: they may begin within one. */
export function openAt(lines, family) {
  if (family !== 'slash') return false
  for (const line of lines) {
    const ends = line.indexOf('*/'), begins = line.indexOf('/*')
    if (ends >= 0 && (begins < 0 || ends < begins)) return true
    if (begins >= 0) return false
  }
  return false
}
