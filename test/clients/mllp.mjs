// A client of another maker sends a batch: node mllp.mjs PORT, with a JSON list of messages on stdin. Prints what it was answered, a JSON text a line.
import { readFileSync } from 'node:fs';
import { Batch, Client, Message } from 'node-hl7-client';

const batch = new Batch();
const messages = JSON.parse(readFileSync(0, 'utf8'));
batch.start();
for (const text of messages) batch.add(new Message({ text }));
batch.end();
let answers = 0;
const connection = new Client({ host: '127.0.0.1' }).createConnection({ port: Number(process.argv[2]) }, (answer) => {
  console.log(JSON.stringify(answer.getMessage().toString()));
  if (++answers === messages.length) process.exit(0);
});
await connection.sendMessage(batch);
