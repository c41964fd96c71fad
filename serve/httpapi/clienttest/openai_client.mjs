// OpenAI's Node client, unchanged, against the server that SLUICE_URL names. Prints OK at the end.
import assert from 'node:assert/strict'
import OpenAI from 'openai'

const url = process.env.SLUICE_URL
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env.SLUICE_TOKEN ?? 'unused', maxRetries: 0 })
const messages = [{ role: 'user', content: 'When do walruses whistle?' }]

const names = []
for await (const m of client.models.list()) names.push(m.id)
assert(names.includes('sluice'))

const whole = await client.chat.completions.create({ model: 'sluice', messages })
const said = whole.choices[0].message
assert.match(said.content, /whistle[^]*\[1\][^]*Sources:/)
const mark = said.annotations[0].url_citation
assert.equal([...said.content].slice(mark.start_index, mark.end_index).join(''), '[1]')
assert.equal(whole.sluice.citations[0].path, 'a.txt')

let text = ''
const stream = client.chat.completions.stream({ model: 'sluice', messages })
for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? ''
assert.equal(text, said.content)
assert.equal((await stream.finalChatCompletion()).choices[0].finish_reason, 'stop')

const response = await client.responses.create({ model: 'sluice', input: 'When do walruses whistle?' })
assert.match(response.output_text, /whistle/)
assert.equal(response.output[0].type, 'file_search_call')
assert.equal(response.output[0].results[0].filename, 'a.txt')

const kinds = []
const live = client.responses.stream({ model: 'sluice', input: 'When do walruses whistle?' })
for await (const event of live) kinds.push(event.type)
assert(kinds.includes('response.output_text.annotation.added'))
assert.equal((await live.finalResponse()).output_text, response.output_text)

await assert.rejects(client.chat.completions.create({ model: 'none', messages }), e => e.status === 404 && e.type === 'invalid_request_error')
if (names.includes('sluice-embed')) {
  const vectors = await client.embeddings.create({ model: 'sluice-embed', input: ['a', 'b'] })
  assert.equal(vectors.data.length, 2)
  assert(Math.abs(vectors.data[0].embedding.reduce((s, x) => s + x * x, 0) - 1) < 1e-4)
} else {
  await assert.rejects(client.embeddings.create({ model: 'sluice-embed', input: 'a' }), e => e.status === 400)
}
console.log('OK')
