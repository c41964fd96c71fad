// MCP's TypeScript client, unchanged: over HTTP where SLUICE_URL names a server, and over stdio
// where SLUICE_COMMAND names a program and its arguments, as JSON. Prints OK at the end.
import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const headers = process.env.SLUICE_TOKEN ? { Authorization: `Bearer ${process.env.SLUICE_TOKEN}` } : {}
const transports = []
if (process.env.SLUICE_URL) transports.push(new StreamableHTTPClientTransport(new URL(`${process.env.SLUICE_URL}/mcp`), { requestInit: { headers } }))
if (process.env.SLUICE_COMMAND) {
  const [command, ...args] = JSON.parse(process.env.SLUICE_COMMAND)
  transports.push(new StdioClientTransport({ command, args, env: process.env }))
}
assert(transports.length > 0)
for (const transport of transports) {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  assert.match(client.getInstructions(), /Sources: docs/)
  const { tools } = await client.listTools()
  assert.deepEqual(tools.map(t => t.name), ['context', 'feedback', 'read', 'search', 'why'])
  const found = await client.callTool({ name: 'search', arguments: { query: 'walrus whistle' } })
  assert.match(found.content[0].text, /a\.txt:1/)
  const structured = await client.callTool({ name: 'search', arguments: { query: 'walrus whistle', structured: true } })
  const link = structured.content.find(c => c.type === 'resource_link')
  assert.equal(structured.structuredContent.results[0].path, 'a.txt')
  const read = await client.readResource({ uri: link.uri })
  assert.match(read.contents[0].text, /walrus/i)
  assert((await client.callTool({ name: 'read', arguments: { target: 'nothing.txt' } })).isError)
  await client.close()
}
console.log('OK')
