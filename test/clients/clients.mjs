// Three FHIR clients of other makers against a running server: node clients.mjs BASE KEY. Ends with 0 when all could do all of their work.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { MedplumClient } from '@medplum/core';
import { Client } from 'fhir-kit-client';

const smart = createRequire(import.meta.url)('fhirclient');
const [base, key] = process.argv.slice(2);

const person = (n) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:example:clients', value: `C-${n}` }],
  name: [{ use: 'official', family: 'Γεωργίου', given: [`Πελάτης${n}`] }],
  gender: 'female',
  birthDate: '1971-03-0' + (1 + (n % 9)),
});
const pulse = (patient, n) => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: `2026-11-${String(1 + n).padStart(2, '0')}T08:00:00+02:00`,
  valueQuantity: { value: 60 + n, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
});

async function withKitClient() {
  const client = new Client({ baseUrl: base, bearerToken: key });
  const metadata = await client.capabilityStatement();
  assert.equal(metadata.fhirVersion, '4.0.1');
  const smartUrls = await client.smartAuthMetadata();
  assert.match(String(smartUrls.tokenUrl), /\/auth\/token$/);

  const made = await client.create({ resourceType: 'Patient', body: person(0) });
  assert.equal((await client.read({ resourceType: 'Patient', id: made.id })).name[0].family, 'Γεωργίου');
  for (let n = 0; n < 25; ++n) await client.create({ resourceType: 'Observation', body: pulse(made.id, n) });
  await client.update({ resourceType: 'Patient', id: made.id, body: { ...person(0), id: made.id, gender: 'other' } });
  const history = await client.resourceHistory({ resourceType: 'Patient', id: made.id });
  assert.equal(history.entry.length, 2);
  assert.equal((await client.vread({ resourceType: 'Patient', id: made.id, version: '1' })).gender, 'female');

  let page = await client.resourceSearch({ resourceType: 'Observation', searchParams: { patient: made.id, code: '8867-4', _count: 10 } });
  const seen = new Set();
  for (let pages = 0; page !== undefined && pages < 10; ++pages) {
    for (const entry of page.entry ?? []) {
      assert.ok(!seen.has(entry.resource.id), 'a page repeats');
      seen.add(entry.resource.id);
    }
    page = page.link.some((link) => link.relation === 'next') ? await client.nextPage({ bundle: page }) : undefined;
  }
  assert.equal(seen.size, 25);

  const all = await client.operation({ resourceType: 'Patient', id: made.id, name: 'everything', method: 'GET' });
  assert.equal(all.entry.length, 26);
  const batch = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `Patient/${made.id}` } }] } });
  assert.equal(batch.entry[0].response.status.slice(0, 3), '200');
  const transaction = await client.transaction({
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { fullUrl: 'urn:uuid:0d8a7c1e-61b3-4d4f-8f86-b7d6ac0b8a11', resource: person(1), request: { method: 'POST', url: 'Patient' } },
        { resource: { ...pulse(0, 3), subject: { reference: 'urn:uuid:0d8a7c1e-61b3-4d4f-8f86-b7d6ac0b8a11' } }, request: { method: 'POST', url: 'Observation' } },
      ],
    },
  });
  assert.deepEqual(transaction.entry.map((entry) => entry.response.status.slice(0, 3)), ['201', '201']);
  await assert.rejects(client.read({ resourceType: 'Patient', id: '999999' }), (failed) => failed.response.status === 404);
  await client.delete({ resourceType: 'Observation', id: [...seen][0] });
  await assert.rejects(client.read({ resourceType: 'Observation', id: [...seen][0] }), (failed) => failed.response.status === 410);
  return made.id;
}

async function withSmartClient(patient) {
  const kept = new Map();
  const storage = { get: async (name) => kept.get(name), set: async (name, value) => (kept.set(name, value), value), unset: async (name) => kept.delete(name) };
  const client = smart({ headers: { host: 'localhost' }, url: '/', connection: {} }, {}, storage).client({ serverUrl: base, tokenResponse: { access_token: key, patient } });
  assert.equal((await client.patient.read()).id, patient);
  const pulses = await client.request(`Observation?patient=${patient}&code=8867-4&_count=7`, { pageLimit: 0, flat: true });
  assert.equal(pulses.length, 24);
  const resolved = await client.request(`Observation/${pulses[0].id}`, { resolveReferences: ['subject'] });
  assert.equal(resolved.subject.id, patient);
  const everything = await client.request(`Patient/${patient}/$everything?_count=10`, { pageLimit: 0, flat: true });
  assert.equal(everything.length, 25);
  const made = await client.create(person(2));
  assert.equal((await client.request(`Patient?identifier=urn:example:clients|C-2`)).entry[0].resource.id, made.id);
}

async function withMedplumClient() {
  const at = new URL(base);
  const client = new MedplumClient({ baseUrl: at.origin, fhirUrlPath: at.pathname.slice(1), accessToken: key, fetch });
  const made = await client.createResource(person(3));
  assert.equal((await client.searchOne('Patient', 'identifier=urn:example:clients|C-3')).id, made.id);
  assert.equal((await client.createResourceIfNoneExist(person(3), 'identifier=urn:example:clients|C-3')).id, made.id);
  const patched = await client.patchResource('Patient', made.id, [{ op: 'replace', path: '/gender', value: 'other' }]);
  assert.equal(patched.gender, 'other');
  assert.equal((await client.updateResource({ ...patched, gender: 'female' })).meta.versionId, '3');
  assert.equal((await client.readHistory('Patient', made.id)).entry.length, 3);
  assert.ok((await client.upsertResource(person(4), 'identifier=urn:example:clients|C-4')).id);
  const observed = await client.createResource(pulse(made.id, 5));
  assert.equal((await client.readReference(observed.subject)).id, made.id);
  assert.equal((await client.readPatientEverything(made.id)).entry.length, 2);
  assert.ok((await client.validateResource(person(5))).issue.every((issue) => issue.severity === 'information'));
  let people = 0;
  for await (const page of client.searchResourcePages('Patient', 'identifier=urn:example:clients|&_count=2')) people += page.length;
  assert.equal(people, 5);
  // A bulk export, asked for, waited for and fetched as it does.
  const exported = await client.bulkExport('', 'Patient', undefined, { pollStatusOnAccepted: true, pollStatusPeriod: 200 });
  const lines = (await Promise.all(exported.output.map(async (file) => (await client.download(file.url)).text()))).join('').trim().split('\n');
  assert.ok(lines.some((line) => JSON.parse(line).id === made.id));
}

await withSmartClient(await withKitClient());
await withMedplumClient();
console.log('all clients could do all of their work');
