// Speaking to the server that this page came from, and to nobody else.

const tokenKey = 'sluice.token'

/** Why there is no answer, in words. Status is that of HTTP; 0: nobody answered. */
export class Failure extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
  }
}

/** A token comes behind the # of an address, which no server is sent, and stays with the tab. */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (!token) return
  keepToken(token)
  history.replaceState(history.state, '', location.pathname + location.search)
}

export const keepToken = token => sessionStorage.setItem(tokenKey, token)

async function send(path, body, signal) {
  const headers = {}
  const token = sessionStorage.getItem(tokenKey)
  if (token) headers.Authorization = `Bearer ${token}`
  if (body) headers['Content-Type'] = 'application/json'
  const init = { method: body ? 'POST' : 'GET', headers, signal, credentials: 'same-origin', cache: 'no-store' }
  if (body) init.body = JSON.stringify(body)
  let answer
  try {
    answer = await fetch(path, init)
  } catch (e) {
    if (e.name === 'AbortError') throw e
    throw new Failure('Sluice does not answer. If it was stopped, start it again: sluice serve', 0)
  }
  if (answer.ok) return answer
  throw new Failure(await reason(answer), answer.status)
}

async function reason(answer) {
  try {
    const said = await answer.json()
    return said.error?.message ?? said.error ?? `Sluice said ${answer.status}`
  } catch {
    return `Sluice said ${answer.status} and no more`
  }
}

async function call(path, body, signal) {
  return (await send(path, body, signal)).json()
}

export const search = (request, signal) => call('api/search', request, signal)
export const why = (request, signal) => call('api/why', request, signal)
export const read = (request, signal) => call('api/read', request, signal)
export const sources = signal => call('api/sources', null, signal)
export const status = signal => call('api/status', null, signal)

/** An answer as it comes: each event is handed on; the last one is of the kind "done". */
export async function chat(request, signal, event) {
  const answer = await send('api/chat', request, signal)
  const text = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await text.read()
    const lines = (rest + (value ?? '')).split('\n')
    rest = lines.pop()
    for (const line of lines) if (line.trim()) event(JSON.parse(line))
    if (done) break
  }
  if (rest.trim()) event(JSON.parse(rest))
}
