// What a Node program does with @clickhouse/client; prints one JSON object.
import { createClient } from '@clickhouse/client'

const { CLIENT_URL, CLIENT_USER, CLIENT_PASSWORD } = process.env
const client = createClient({
  url: CLIENT_URL,
  username: CLIENT_USER,
  password: CLIENT_PASSWORD,
  compression: { request: true, response: true },
})
const seen = {}
const rows = async (query, options = {}) =>
  (await client.query({ query, format: 'JSONEachRow', ...options })).json()

seen.ping = (await client.ping()).success
await client.command({
  query: 'CREATE OR REPLACE TABLE node (id UInt32, name String) ENGINE = MergeTree ORDER BY id',
})
const values = Array.from({ length: 100_000 }, (_, id) => ({ id, name: `n${id}` }))
const inserted = await client.insert({ table: 'node', values, format: 'JSONEachRow' })
seen.written = inserted.summary.written_rows
seen.found = await rows('SELECT name FROM node WHERE id = {id: UInt32}', { query_params: { id: 4242 } })

const stream = await client.query({ query: 'SELECT id FROM node', format: 'JSONCompactEachRow' })
let sum = 0
for await (const batch of stream.stream()) for (const row of batch) sum += row.json()[0]
seen.sum = sum

try {
  await rows('SELECT * FROM nowhere')
} catch (error) {
  seen.code = error.code
}
const late = await client.query({
  query: 'SELECT number, throwIf(number = 900000) FROM numbers(1000000)',
  format: 'JSONEachRow',
})
try {
  for await (const batch of late.stream()) batch.length
} catch (error) {
  seen.late = String(error).includes('throwIf')
}
const controller = new AbortController()
const endless = rows('SELECT count() FROM numbers(1e14)', { abort_signal: controller.signal })
setTimeout(() => controller.abort(), 300)
seen.aborted = await endless.then(() => false, () => true)
await client.command({ query: 'DROP TABLE node' })
await client.close()
console.log(JSON.stringify(seen))
