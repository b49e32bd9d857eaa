import assert from 'node:assert/strict';
import { createHash, createPublicKey, hash, verify } from 'node:crypto';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import {
  exportVerifier,
  fromHex,
  leafHash,
  parseCheckpoint,
  verifyConsistency,
  verifyInclusion,
  type Sha256,
  type VerifySignature,
} from '../ledger/index.ts';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
const verifySignature: VerifySignature = (message, signature, key) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') };
  return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
};
const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const headOf = (note: string) => {
  const parsed = parseCheckpoint(note);
  assert.ok(parsed.ok);
  return parsed.value;
};

test('an outsider verifies what was exported against the key that was published', async () => {
  const bed = await Testbed.open();
  for (let at = 0; at < 3; at += 1) await bed.start({ id: 'a', wait: { for: '1h' } });
  const lines = bed.operations.exportLedger({}, bed.as('root'));
  assert.ok(lines.ok);
  const verifier = exportVerifier({ sha256, verify: verifySignature, verifierKeys: [bed.verifierKey] });
  for await (const text of lines.value) verifier.addText(text);
  const { problems, ...found } = verifier.finish();
  assert.deepEqual(problems, []);
  assert.ok(JSON.stringify(found).length > 2);
  assert.equal(await bed.no('root', 'ledger.export', {}), 'not_over_rpc');
  await bed.close();
});

test('entries are in the tree, and an older tree is the beginning of a newer one', async () => {
  const bed = await Testbed.open(passport('auditor', { roles: ['auditor'] }));
  const older = await bed.ok('auditor', 'ledger.checkpoint', {});
  for (let at = 0; at < 20; at += 1) await bed.start({ id: 'a', wait: { for: '1h' } });
  const newer = await bed.ok('auditor', 'ledger.checkpoint', {});
  const [from, to] = [headOf(older.note), headOf(newer.note)];
  assert.ok(to.size > from.size);
  const { entries } = await bed.ok('auditor', 'ledger.entries', { limit: 1000 });
  assert.equal(entries.length, newer.size);
  for (const { text, hash: digest, index } of entries) {
    assert.equal(createHash('sha256').update(text).digest('hex'), digest);
    const { proof, entry, size } = await bed.ok('auditor', 'ledger.inclusion', { index });
    assert.equal(entry, digest);
    const claim = {
      index,
      size,
      leafHash: leafHash(bytes(entry), sha256),
      proof: proof.map(bytes),
      root: to.root,
    };
    assert.deepEqual(verifyInclusion(claim, sha256), true, `entry ${index}`);
  }
  const { proof } = await bed.ok('auditor', 'ledger.consistency', { from: from.size, size: to.size });
  const claim = {
    from: from.size,
    to: to.size,
    fromRoot: from.root,
    toRoot: to.root,
    proof: proof.map(bytes),
  };
  assert.deepEqual(verifyConsistency(claim, sha256), true);
  assert.equal(await bed.no('auditor', 'ledger.inclusion', { index: to.size }), 'entry_unknown');
  assert.equal(
    await bed.no('auditor', 'ledger.inclusion', { index: 0, size: to.size + 1 }),
    'tree_size_unknown',
  );
  assert.equal(await bed.no('auditor', 'ledger.consistency', { from: to.size + 1 }), 'tree_size_unknown');
  assert.equal(await bed.no('auditor', 'ledger.consistency', { from: 0 }), 'request_invalid');
  const back = { from: to.size, size: from.size };
  const outcome = await bed.operations.call('ledger.consistency', back, bed.as('auditor'));
  assert.ok(!outcome.ok && outcome.rejection.code === 'request_invalid');
  assert.match(outcome.rejection.message, /`from` is \d+, which is above the size of \d+/);
  const page = await bed.ok('auditor', 'ledger.entries', { after: 5, limit: 2 });
  assert.deepEqual([page.entries.map(({ index }) => index), page.next], [[5, 6], 7]);
  await bed.close();
});

test('artifacts are kept under the digest they have', async () => {
  const bed = await Testbed.open();
  const content = Buffer.from('héllo').toString('base64');
  const digest = createHash('sha256').update('héllo').digest('hex');
  assert.equal(await bed.no('root', 'artifact.put', { sha256: 'a'.repeat(64), content }), 'digest_mismatch');
  assert.equal(await bed.no('root', 'artifact.get', { sha256: digest }), 'artifact_unknown');
  const kept = { sha256: digest, mediaType: 'text/plain; charset=utf-8', bytes: 6 };
  assert.equal(await bed.no('root', 'artifact.put', { sha256: digest, content: '***' }), 'request_invalid');
  assert.deepEqual(
    await bed.ok('root', 'artifact.put', { sha256: digest, mediaType: kept.mediaType, content }),
    kept,
  );
  assert.deepEqual(await bed.ok('root', 'artifact.get', { sha256: digest }), { ...kept, content });
  await bed.close();
});
