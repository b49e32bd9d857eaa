import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../store/memory/index.ts';
import { LEDGER_DOCUMENT } from '../store/moving.ts';
import { ledgerKey } from './ledger-key.ts';
import { sha256 } from './sha256.ts';

const change = { stream: 'organisation', expected: null, entries: [] };
const entry = (sequence: number) => ({ sequence, text: `${sequence}`, hash: sha256(`${sequence}`) });

test('SIGNER-1 a key is made before there are entries, and never in place of one that was lost', async () => {
  const store = memoryStore();
  const { signer } = await ledgerKey(store);
  await store.commit([{ ...change, expected: 0, entries: [entry(1)] }]);
  assert.deepEqual((await ledgerKey(store)).signer.publicKey, signer.publicKey);
  const lost = { ...LEDGER_DOCUMENT, expected: 1, body: null };
  await store.commit([{ ...change, documents: [lost] }]);
  await assert.rejects(ledgerKey(store), { code: 'database_damaged' });
  assert.equal(await store.document(LEDGER_DOCUMENT.kind, LEDGER_DOCUMENT.id), null);
  await store.close();
});

test('SIGNER-1 another node makes the key, and writes, while this one looks for it', async () => {
  const store = memoryStore();
  const find = store.document.bind(store);
  store.document = async (kind, id) => {
    store.document = find;
    await ledgerKey(store);
    await store.commit([{ ...change, expected: 0, entries: [entry(1)] }]);
    return find(kind, id);
  };
  assert.ok((await ledgerKey(store)).signer);
  await store.close();
});

test('what one node seals another knows, and no node of another organisation', async () => {
  const [ours, theirs] = [memoryStore(), memoryStore()];
  const [one, two, other] = [await ledgerKey(ours), await ledgerKey(ours), await ledgerKey(theirs)];
  assert.equal(one.seal('a'), two.seal('a'));
  assert.notEqual(one.seal('a'), one.seal('b'));
  assert.notEqual(one.seal('a'), other.seal('a'));
  for (const store of [ours, theirs]) await store.close();
});
