// The makers' own library signs: node sign.mjs, with {id, time, body, secret} as JSON on stdin (`time` in seconds). Prints the value of `webhook-signature`.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const { id, time, body, secret } = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(new Webhook(secret).sign(id, new Date(time * 1000), body));
