import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { verifyChain } from './chain.ts';
import type { StoredEntry } from './chain.ts';
import { log, logOf, random, sha256 } from './sample.test.ts';
import type { Event } from './sample.test.ts';

const event: Event = {
  type: 'task.completed',
  version: 1,
  at: 1,
  actor: 'passport_a',
  onBehalfOf: null,
  authority: { kind: 'system', id: 'engine' },
  layer: 'record',
  payload: {},
};
const entries = logOf(['a', 'b', 'a', 'a', 'b', 'a'].map((run) => ({ run, event })));

const found = (changed: readonly StoredEntry[]) =>
  verifyChain(changed, sha256).map(({ code, run, sequence }) => [code, run, sequence]);

test('an untouched log has no problem', () => {
  fc.assert(
    fc.property(log, (records) => assert.deepEqual(verifyChain(records, sha256), [])),
    random,
  );
});

test('names the run and the sequence of each fault', () => {
  const [first, third, fourth] = [entries[0]!, entries[2]!, entries[3]!];
  const altered = { text: third.text.replace('passport_a', 'passport_x'), hash: third.hash };
  const rehashed = { text: altered.text, hash: sha256(altered.text) };
  assert.deepEqual(found(entries.with(2, { index: 2, ...altered })), [['entry_altered', 'a', 2]]);
  assert.deepEqual(found(entries.with(2, { index: 2, ...rehashed })), [['chain_broken', 'a', 3]]);
  assert.deepEqual(found(entries.toSpliced(2, 1)), [['entry_missing', 'a', 3]]);
  assert.deepEqual(found(entries.toSpliced(0, 1)), [['entry_missing', 'a', 2]]);
  assert.deepEqual(found(entries.toSpliced(3, 0, entries[2]!)), [['entry_out_of_order', 'a', 2]]);
  assert.deepEqual(found([first, fourth, third]), [
    ['entry_missing', 'a', 3],
    ['entry_out_of_order', 'a', 2],
  ]);
});

test('an entry that cannot be read is one problem, one with a wrong hash as well another', () => {
  const hash = sha256('not an entry');
  assert.deepEqual(found([{ text: 'not an entry', hash }]), [['entry_malformed', undefined, undefined]]);
  assert.deepEqual(
    found([{ text: 'not an entry', hash: new Uint8Array(32) }]).map(([code]) => code),
    ['entry_malformed', 'entry_altered'],
  );
  assert.deepEqual(found([{ text: entries[0]!.text, hash: new Uint8Array(3) }])[0]?.[0], 'entry_altered');
});
