import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { toBase64, toHex } from './bytes.ts';
import { canonical } from './canonical.ts';
import { seal } from './entry.ts';
import type { LedgerEntry } from './entry.ts';
import {
  checkpointOver,
  headOf,
  ledgerKey,
  log,
  logOf,
  newSigner,
  origin,
  random,
  sha256,
  signer,
  verifySignature,
} from './sample.test.ts';
import type { Event } from './sample.test.ts';
import { signCheckpoint } from './checkpoint.ts';
import { verifierKey } from './note.ts';
import { ledgerVerifier, verifyLedger } from './verify.ts';
import type { LogEnd, LogRecord, VerifyOptions } from './verify.ts';

const means = { sha256, verify: verifySignature, verifierKeys: [ledgerKey], origin };
const check = (records: readonly LogRecord[], more: Partial<VerifyOptions> & LogEnd = {}) =>
  verifyLedger(records, { ...means, ...more });
const codes = (records: readonly LogRecord[], more: Partial<VerifyOptions> & LogEnd = {}) =>
  check(records, more).problems.map((problem) => problem.code);

const event: Event = {
  type: 'task.completed',
  version: 1,
  at: 1,
  actor: 'passport_a',
  onBehalfOf: 'passport_b',
  authority: { kind: 'policy', id: 'default', version: 1 },
  layer: 'execute',
  payload: { total: '100.00' },
};
const records = logOf(['a', 'b', 'a', 'b', 'c', 'a', 'c', 'a'].map((run) => ({ run, event })));
const head = headOf(records);

/** What somebody with full access to the database, but without the key, can do: compute every hash anew. */
function rewritten(original: readonly LogRecord[], at: number, change: Partial<LedgerEntry>): LogRecord[] {
  const last = new Map<string, string>();
  return original.map(({ index, text }) => {
    const entry = JSON.parse(text) as LedgerEntry;
    const previous = last.get(entry.run) ?? entry.previous;
    const sealed = seal({ ...entry, ...(index === at ? change : {}), previous }, sha256);
    last.set(entry.run, toHex(sealed.hash));
    return { index, ...sealed };
  });
}

test('an untouched ledger is verified, against its head and every checkpoint ever signed over it', () => {
  fc.assert(
    fc.property(
      log,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      (all, shares) => {
        const sizes = shares.map((share) => Math.round(share * all.length));
        const checkpoints = sizes.map((size) => checkpointOver(headOf(all.slice(0, size))));
        const result = check(all, { head: headOf(all), checkpoints });
        assert.deepEqual(result.problems, []);
        assert.ok(result.verified);
        assert.equal(result.entries, all.length);
        assert.equal(result.checkpoint?.size ?? -1, Math.max(-1, ...sizes));
      },
    ),
    random,
  );
});

test('says what was verified', () => {
  const checkpoints = [checkpointOver(head), checkpointOver(headOf(records.slice(0, 3)))];
  assert.deepEqual(check(records, { head, checkpoints }), {
    verified: true,
    entries: 8,
    pending: 0,
    archived: 0,
    part: false,
    absent: 0,
    runs: 3,
    checkpoint: { origin, size: 8, root: toBase64(head.root), keyName: origin },
    problems: [],
    problemCount: 0,
  });
  assert.equal(check(records).checkpoint, null);
  assert.deepEqual(check([], { head: headOf([]), checkpoints: [checkpointOver(headOf([]))] }).problems, []);
});

/** A single change anywhere: what it does to a log, and whether the positions are made to fit afterwards. */
const renumber = (all: readonly LogRecord[]) => all.map((record, index) => ({ ...record, index }));
const flipped = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, at) => (at === (bit >> 3) % bytes.length ? byte ^ (1 << (bit & 7)) : byte));

interface Tampering {
  name: string;
  /** A random log, a place in it, and a random number for whatever else has to be chosen. */
  apply(all: readonly LogRecord[], at: number, chance: number): LogRecord[];
}

const tamperings: readonly Tampering[] = [
  {
    name: 'a character of a text is changed',
    apply: (all, at, chance) => {
      const { text } = all[at]!;
      const where = chance % text.length;
      const letter = text[where] === 'x' ? 'y' : 'x';
      return all.with(at, {
        ...all[at]!,
        text: text.slice(0, where) + letter + text.slice(where + 1),
      });
    },
  },
  {
    name: 'a bit of a hash is changed',
    apply: (all, at, chance) => all.with(at, { ...all[at]!, hash: flipped(all[at]!.hash, chance) }),
  },
  {
    name: 'a member is changed and the entry hashed anew',
    apply: (all, at) => {
      const entry = JSON.parse(all[at]!.text) as LedgerEntry;
      return all.with(at, { index: at, ...seal({ ...entry, actor: `${entry.actor}x` }, sha256) });
    },
  },
  { name: 'an entry is removed', apply: (all, at) => all.toSpliced(at, 1) },
  { name: 'an entry is removed, the rest moved up', apply: (all, at) => renumber(all.toSpliced(at, 1)) },
  {
    name: 'an entry is repeated',
    apply: (all, at, chance) => renumber(all.toSpliced(chance % all.length, 0, all[at]!)),
  },
  {
    name: 'a forged entry is inserted',
    apply: (all, at, chance) => {
      const entry = JSON.parse(all[at]!.text) as LedgerEntry;
      const forged = seal({ ...entry, run: ['run_a', 'run_new'][chance % 2]! }, sha256);
      return renumber(all.toSpliced(chance % all.length, 0, { index: 0, ...forged }));
    },
  },
  {
    name: 'two entries change places',
    apply: (all, at, chance) => {
      const other = (at + 1 + (chance % (all.length - 1))) % all.length;
      return renumber(all.with(at, all[other]!).with(other, all[at]!));
    },
  },
  { name: 'the end is cut off', apply: (all, at) => all.slice(0, at) },
  {
    name: 'a change with every hash computed anew',
    apply: (all, at) => rewritten(all, at, { onBehalfOf: 'passport_of_somebody_else_entirely' }),
  },
];

describe('any single change to a ledger is found', () => {
  for (const { name, apply } of tamperings) {
    const place = fc.tuple(log, fc.nat(), fc.nat());
    test(`${name}: against the stored head`, () => {
      fc.assert(
        fc.property(place, ([all, at, chance]) => {
          const changed = apply(all, at % all.length, chance);
          const result = check(changed, { head: headOf(all) });
          assert.ok(!result.verified && result.problemCount > 0);
        }),
        random,
      );
    });
    test(`${name}: against a checkpoint kept from before, the head computed anew`, () => {
      fc.assert(
        fc.property(place, ([all, at, chance]) => {
          const changed = apply(all, at % all.length, chance);
          const result = check(changed, {
            head: headOf(changed),
            checkpoints: [checkpointOver(headOf(all))],
          });
          assert.ok(!result.verified && result.problemCount > 0);
        }),
        random,
      );
    });
  }
});

test('VER-3: a rewritten ledger, signed anew with the same key, fails against the older checkpoint', () => {
  const kept = checkpointOver(headOf(records.slice(0, 4)));
  const changed = rewritten(records, 2, { actor: 'passport_innocent' });
  const signedAnew = checkpointOver(headOf(changed));
  assert.deepEqual(codes(changed, { head: headOf(changed), checkpoints: [signedAnew] }), []);
  assert.deepEqual(codes(changed, { head: headOf(changed), checkpoints: [signedAnew, kept] }), [
    'log_inconsistent',
  ]);
});

test('tells which part is still as it was signed', () => {
  const checkpoints = [checkpointOver(headOf(records.slice(0, 3))), checkpointOver(head)];
  const result = check(rewritten(records, 5, { actor: 'passport_x' }), { checkpoints });
  assert.deepEqual(
    result.problems.map((problem) => problem.code),
    ['log_inconsistent'],
  );
  assert.match(result.problems[0]!.message, /The first 3 are as they were signed/);
  assert.equal(result.checkpoint?.size, 3);
});

test('names the fault, with run, sequence and position', () => {
  const altered = { ...records[2]!, text: records[2]!.text.replace('100.00', '900.00') };
  const [problem] = check(records.with(2, altered), { head }).problems;
  assert.equal(problem?.code, 'entry_altered');
  assert.deepEqual([problem?.run, problem?.sequence, problem?.index], ['a', 2, 2]);
  const removed = records.toSpliced(2, 1);
  assert.deepEqual(codes(removed, { head }), ['index_wrong', 'entry_missing', 'log_truncated']);
  assert.deepEqual(codes(renumber(removed), { head }), ['entry_missing', 'log_truncated']);
  assert.deepEqual(codes(records.slice(0, 5), { checkpoints: [checkpointOver(head)] }), ['log_truncated']);
  assert.deepEqual(codes(records, { head: headOf(records.slice(0, 5)) }), ['entries_beyond_head']);
  assert.deepEqual(codes(records, { head: { ...head, root: sha256('x') } }), ['head_differs']);
  assert.deepEqual(codes(records.with(1, records[0]!)).slice(0, 2), ['index_wrong', 'entry_out_of_order']);
  const spaced = `${records[0]!.text} `;
  const notCanonical = records.with(0, { index: 0, text: spaced, hash: sha256(spaced) });
  assert.equal(codes(notCanonical, { head })[0], 'entry_not_canonical');
});

test('a checkpoint that does not count is a problem', () => {
  const good = checkpointOver(head);
  const against = (note: string, more: Partial<VerifyOptions> = {}) =>
    codes(records, { checkpoints: [note], ...more });
  assert.deepEqual(against(good), []);
  assert.deepEqual(against(good, { verifierKeys: [] }), ['verifier_key_missing']);
  assert.deepEqual(against(good, { verifierKeys: ['nonsense'] }), ['verifier_key_malformed']);
  assert.deepEqual(against(good, { origin: 'another.example' }), ['origin_differs']);
  assert.deepEqual(against(good, { origin: undefined }), []);
  assert.deepEqual(against(good.replace('\n8\n', '\n7\n')), ['signature_invalid']);
  assert.deepEqual(against(checkpointOver(head, newSigner(origin))), ['key_unknown']);
  assert.deepEqual(against('nonsense'), ['note_malformed']);
  assert.deepEqual(against(good.replace(toBase64(head.root), 'AAAA')), ['checkpoint_malformed']);
  const ofAnother = signCheckpoint({ ...head, origin: 'another.example' }, signer, sha256);
  assert.deepEqual(against(ofAnother), ['origin_differs']);
  const other = newSigner('another.example');
  const crossSigned = checkpointOver(head, other);
  const keys = { verifierKeys: [ledgerKey, verifierKey(other.name, other.publicKey, sha256)] };
  assert.deepEqual(against(good, keys), []);
  assert.deepEqual(against(crossSigned, keys), ['origin_differs'], 'another ledger says nothing of this one');
});

test('a checkpoint that comes at the end must be over all entries', () => {
  assert.equal(check(records, { checkpoint: checkpointOver(head) }).checkpoint?.size, 8);
  assert.deepEqual(codes(records, { checkpoint: checkpointOver(headOf(records.slice(0, 7))) }), [
    'entries_beyond_head',
  ]);
  assert.deepEqual(codes(records.slice(0, 7), { checkpoint: checkpointOver(head) }), ['log_truncated']);
  assert.deepEqual(codes(rewritten(records, 7, { at: 2 }), { checkpoint: checkpointOver(head) }), [
    'log_inconsistent',
  ]);
});

test('entries that are not in the log yet are verified in their chains', () => {
  const pendingOf = (changed: readonly LogRecord[]) => {
    const verifier = ledgerVerifier(means);
    for (const record of records.slice(0, 5)) verifier.add(record);
    for (const record of changed) verifier.addPending(record);
    return verifier.finish({ head: headOf(records.slice(0, 5)) });
  };
  const { verified, entries, pending, runs } = pendingOf(records.slice(5));
  assert.deepEqual({ verified, entries, pending, runs }, { verified: true, entries: 8, pending: 3, runs: 3 });
  assert.deepEqual(
    pendingOf(records.slice(6)).problems.map((problem) => problem.code),
    ['entry_missing', 'index_wrong'],
  );
});

test('a gap among entries that are not in the log yet is a finding, unless it was archived', () => {
  const archived = { ...event, type: 'ledger.archived', payload: { spans: [6, 1] } };
  const all = logOf([
    ...['a', 'a', 'a', 'a', 'a', 'a', 'b', 'a'].map((run) => ({ run, event })),
    { run: 'organisation', event: archived },
  ]);
  const codesOf = (pending: readonly LogRecord[]) => {
    const verifier = ledgerVerifier(means);
    for (const record of all.slice(0, 5)) verifier.add(record);
    for (const record of pending) verifier.addPending(record);
    return verifier.finish().problems.map(({ code, index }) => [code, index]);
  };
  assert.deepEqual(codesOf(all.slice(5)), []);
  assert.deepEqual(codesOf(all.slice(5).toSpliced(1, 1)), []);
  assert.deepEqual(codesOf(all.slice(5, -1).toSpliced(1, 1)), [['index_wrong', 6]]);
  assert.deepEqual(codesOf([all[5]!, all[5]!]).at(-1), ['entry_out_of_order', undefined]);
});

test('an entry that is filed under another run, or another number, than it says is a finding', () => {
  const filed = (stream: string, sequence: number) =>
    codes(records.map((record) => (record.index === 2 ? { ...record, stream, sequence } : record)));
  assert.deepEqual(filed('a', 2), []);
  assert.deepEqual(filed('b', 2), ['entry_out_of_order']);
  assert.deepEqual(filed('a', 3), ['entry_out_of_order']);
});

test('VER-1: problems are counted beyond the limit that is kept', () => {
  const wrong = records.map((record) => ({ ...record, hash: sha256('x') }));
  const result = check(wrong, { listed: 3 });
  assert.equal(result.problems.length, 3);
  assert.ok(result.problemCount > 8);
});

test('VER-1: 100,000 runs', () => {
  const verifier = ledgerVerifier(means);
  for (let index = 0; index < 100_000; index++) {
    const previous = '0'.repeat(64);
    verifier.add({ index, ...seal({ ...event, run: `run_${index}`, sequence: 1, previous }, sha256) });
  }
  const result = verifier.finish();
  assert.deepEqual([result.verified, result.runs, result.entries], [true, 100_000, 100_000]);
});

test('every problem says what to do', () => {
  const cases = [
    check(records.toSpliced(2, 1), { head }),
    check(records.with(1, records[0]!), {
      head: { ...head, root: sha256('x') },
      checkpoints: ['x', checkpointOver(head)],
    }),
    check([{ index: 0, text: canonical({}), hash: sha256('') }], { checkpoint: checkpointOver(headOf([])) }),
    check(records, {
      head: headOf([]),
      checkpoints: [checkpointOver({ ...head, size: 9 })],
      verifierKeys: [],
    }),
  ];
  for (const { message } of cases.flatMap((result) => result.problems)) {
    assert.match(message, /(Compare|Restore|Verify against|Take|Give|Export again)[^.]*\.?.*\.$/, message);
  }
});

test('entries that are not in the tree yet count against a checkpoint that is over them, as after a restore', () => {
  const after = (inTree: number, pending: readonly LogRecord[], signed = head) => {
    const verifier = ledgerVerifier({ ...means, checkpoints: [checkpointOver(signed)] });
    for (const record of records.slice(0, inTree)) verifier.add(record);
    for (const record of pending) verifier.addPending(record);
    return verifier.finish({ head: headOf(records.slice(0, inTree)) });
  };
  const found = (...given: Parameters<typeof after>) => after(...given).problems.map(({ code }) => code);
  const rest = records.slice(5);
  for (const inTree of [5, 0]) {
    const { verified, checkpoint, pending } = after(inTree, records.slice(inTree));
    assert.deepEqual([verified, checkpoint?.size, pending], [true, records.length, records.length - inTree]);
  }
  const { problems } = after(5, rest.slice(0, 1));
  assert.deepEqual(
    problems.map(({ code, index }) => [code, index]),
    [['log_truncated', 6]],
  );
  const another = { ...records[6]!, hash: sha256('something else') };
  assert.ok(found(5, rest.with(1, another)).includes('log_inconsistent'), 'what is there is compared');
  const gap = found(5, rest.toSpliced(1, 1), headOf(records.slice(0, 7)));
  assert.deepEqual(
    gap.filter((code) => code !== 'chain_broken'),
    ['log_inconsistent', 'index_wrong'],
  );
});
