import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from './sha256.ts';

test('it is SHA-256, of bytes and of the UTF-8 of texts', () => {
  for (const data of ['', 'abc', 'ä € 𐍈', 'x'.repeat(10_000), randomBytes(65), new Uint8Array(0)])
    assert.equal(Buffer.from(sha256(data)).toString('hex'), createHash('sha256').update(data).digest('hex'));
});

test('each digest has memory of its own', () => {
  assert.equal(sha256('a').buffer.byteLength, 32);
});
