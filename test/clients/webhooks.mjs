// The makers' own library checks our webhooks: node webhooks.mjs, with a JSON list of {headers, body, secret} (or `public_key`, base64, for v1a) on stdin. Ends with 0 when all are genuine.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

for (const { headers, body, secret, public_key } of JSON.parse(readFileSync(0, 'utf8'))) {
  if (secret) {
    new Webhook(secret).verify(body, headers);
    assert.throws(() => new Webhook(secret).verify(body + ' ', headers));
    continue;
  }
  // The library has no Ed25519 yet: by the standard's text.
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(public_key, 'base64')]);
  const key = crypto.createPublicKey({ key: der, format: 'der', type: 'spki' });
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  const own = headers['webhook-signature'].split(' ').filter((each) => each.startsWith('v1a,'));
  assert.ok(own.some((each) => crypto.verify(null, signed, key, Buffer.from(each.slice(4), 'base64'))));
}
