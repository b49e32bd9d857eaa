import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { canonical, CanonicalError } from './canonical.ts';
import { NO_PREVIOUS, readEntry, seal } from './entry.ts';
import type { LedgerEntry } from './entry.ts';
import { event, random, sha256 } from './sample.test.ts';

const entry: LedgerEntry = {
  run: 'run_1',
  sequence: 1,
  type: 'task.completed',
  version: 1,
  at: 1_763_700_000_000,
  actor: 'passport_agent_invoice',
  onBehalfOf: 'passport_anna',
  authority: { kind: 'policy', id: 'policy_default', version: 3 },
  layer: 'execute',
  payload: { task: 'run_1/read#1', output: { total: '12.50' } },
  previous: NO_PREVIOUS,
};

test('an entry has one text and one hash, for ever', () => {
  const { text, hash } = seal(entry, sha256);
  assert.equal(
    text,
    '{"actor":"passport_agent_invoice","at":1763700000000,"authority":{"id":"policy_default","kind":"policy",' +
      '"version":3},"layer":"execute","onBehalfOf":"passport_anna","payload":{"output":{"total":"12.50"},' +
      '"task":"run_1/read#1"},"previous":"0000000000000000000000000000000000000000000000000000000000000000",' +
      '"run":"run_1","sequence":1,"type":"task.completed","version":1}',
  );
  assert.equal(Buffer.from(hash).toString('hex'), Buffer.from(sha256(text)).toString('hex'));
});

test('ENT-1, ENT-2: the text is the canonical JSON of the entry, and reading it gives the entry back', () => {
  const position = fc.record({
    run: fc.string({ minLength: 1, unit: 'grapheme' }),
    sequence: fc.integer({ min: 1 }),
    previous: fc.stringMatching(/^[0-9a-f]{64}$/),
  });
  fc.assert(
    fc.property(event, position, (content, where) => {
      const whole = { ...content, ...where };
      const { text, hash } = seal(whole, sha256);
      assert.equal(text, canonical(whole));
      assert.deepEqual(hash, sha256(text));
      const read = readEntry(text);
      assert.ok(read.ok);
      assert.equal(canonical(read.value), text);
    }),
    random,
  );
});

const wrong: Readonly<Record<string, Partial<Record<keyof LedgerEntry, unknown>>>> = {
  'empty run': { run: '' },
  'sequence 0': { sequence: 0 },
  'sequence 1.5': { sequence: 1.5 },
  'empty type': { type: '' },
  'version 0': { version: 0 },
  'time with a fraction': { at: 0.5 },
  'no actor': { actor: undefined },
  'onBehalfOf missing': { onBehalfOf: undefined },
  'onBehalfOf empty': { onBehalfOf: '' },
  'authority missing': { authority: undefined },
  'authority of unknown kind': { authority: { kind: 'luck', id: 'x' } },
  'authority without id': { authority: { kind: 'role' } },
  'authority version null': { authority: { kind: 'role', id: 'x', version: null } },
  'unknown layer': { layer: 'think' },
  'payload a list': { payload: [] },
  'payload null': { payload: null },
  'previous too short': { previous: '00' },
  'previous in capitals': { previous: 'AB'.repeat(32) },
};

for (const [name, change] of Object.entries(wrong)) {
  test(`neither seals nor reads: ${name}`, () => {
    const broken = { ...entry, ...change } as LedgerEntry;
    assert.throws(() => seal(broken, sha256), TypeError);
    const read = readEntry(canonical(broken));
    assert.equal(read.ok ? undefined : read.code, 'entry_malformed');
  });
}

test('what JSON cannot hold is refused when it is sealed, with its place', () => {
  const seals = (change: Partial<LedgerEntry<object>>) => () => seal({ ...entry, ...change }, sha256);
  const at = (code: string, path: string) => (error: unknown) =>
    error instanceof CanonicalError && error.code === code && error.path === path;
  assert.throws(seals({ payload: { cost: Number.NaN } }), at('not_finite', '$.payload.cost'));
  assert.throws(seals({ payload: { note: '\ud800' } }), at('lone_surrogate', '$.payload.note'));
  assert.throws(seals({ actor: '\ud800' }), CanonicalError);
});

test('reads only the canonical text', () => {
  const { text } = seal(entry, sha256);
  const codeOf = (changed: string) => {
    const read = readEntry(changed);
    return read.ok ? 'none' : read.code;
  };
  assert.equal(codeOf(text), 'none');
  assert.equal(codeOf(` ${text}`), 'entry_not_canonical');
  assert.equal(codeOf(text.replace('{"actor"', '{"actor":"passport_other","actor"')), 'entry_not_canonical');
  assert.equal(codeOf(text.replace('"at":1763700000000', '"at":17637e8')), 'entry_not_canonical');
  assert.equal(codeOf(text.replace('12.50', '12.\\u0035')), 'entry_not_canonical');
  assert.equal(codeOf(text.replace('12.50', '\ud800')), 'entry_not_canonical');
  for (const other of ['', 'null', '[]', '"x"', text.slice(0, -1), '['.repeat(100_000)]) {
    assert.equal(codeOf(other), 'entry_malformed');
  }
});

test('a member that a later release adds is read, and is under the hash', () => {
  const read = readEntry(canonical({ ...entry, trace: 'abc' }));
  assert.ok(read.ok);
});
