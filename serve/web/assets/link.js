// Addresses of this page. What it shows is in its address, so that reload, back and a bookmark work.
//
//   ?q=QUESTION        what is in the box; &answer: with an answer to it
//   &source= &path= &type= &after= &before=     what narrows it down
//   &read=ID           a passage, by the id that lasts; &lines=3-12: which lines are meant
//   &view=why|sources|missed|keys     what else stands beside the list; &document=PATH with why

export const filterNames = ['source', 'path', 'type', 'after', 'before']

/** What an address says. */
export function parse(search) {
  const p = new URLSearchParams(search)
  const state = { question: p.get('q') ?? '', answer: p.has('answer'), filters: {}, read: p.get('read') ?? '', view: p.get('view') ?? '', document: p.get('document') ?? '', lines: null }
  for (const name of filterNames) if (p.get(name)) state.filters[name] = p.get(name)
  const lines = /^(\d{1,9})-(\d{1,9})$/.exec(p.get('lines') ?? '')
  if (lines) state.lines = [Number(lines[1]), Number(lines[2])]
  return state
}

/** The address of a state. */
export function address(state) {
  const p = new URLSearchParams()
  if (state.question) p.set('q', state.question)
  if (state.question && state.answer) p.set('answer', '')
  for (const name of filterNames) if (state.filters?.[name]) p.set(name, state.filters[name])
  if (state.read) p.set('read', state.read)
  if (state.read && state.lines) p.set('lines', state.lines.join('-'))
  if (state.view) p.set('view', state.view)
  if (state.view && state.document) p.set('document', state.document)
  const said = p.toString().replace('answer=', 'answer')
  return said ? `?${said}` : './'
}

/** The filters as a request takes them: paths and types may be several. */
export function filtersOf(filters) {
  const request = {}
  for (const name of ['source', 'path', 'type']) {
    if (filters[name]) request[name] = name === 'source' ? [filters[name]] : filters[name].split(',').map(s => s.trim()).filter(Boolean)
  }
  for (const name of ['after', 'before']) if (filters[name]) request[name] = filters[name]
  return request
}
