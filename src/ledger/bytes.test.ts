import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { fromBase64, fromHex, isWellFormed, joinBytes, sameBytes, toBase64, toHex, utf8 } from './bytes.ts';
import { random } from './sample.test.ts';

test('hexadecimal, Base 64 and UTF-8 are those of the platform, and decoding reverses encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string({ unit: 'binary' }), (bytes, text) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.deepEqual(fromHex(toHex(bytes)), bytes);
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
      assert.equal(isWellFormed(text), (text as unknown as { isWellFormed(): boolean }).isWellFormed());
      if (isWellFormed(text)) assert.deepEqual(utf8(text), new TextEncoder().encode(text));
    }),
    random,
  );
});

test('half a surrogate pair is not well formed, a whole one is', () => {
  assert.deepEqual(['\ud800', 'a\udc00b', '\udc00\ud800', '😀', ''].map(isWellFormed), [
    false,
    false,
    false,
    true,
    true,
  ]);
});

test('a second spelling of the same bytes is refused', () => {
  for (const text of ['A', 'AA', 'AA=', 'AB==', 'AAB=', 'A A=', 'AA==\n', 'AA-_', '====', 'AA==AA==']) {
    assert.equal(fromBase64(text), undefined, text);
  }
  for (const text of ['0', 'AB', '0g', ' 00']) assert.equal(fromHex(text), undefined, text);
});

test('bytes are joined and compared', () => {
  assert.deepEqual(
    joinBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)),
    Uint8Array.of(1, 2, 3),
  );
  assert.ok(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.ok(!sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!sameBytes(Uint8Array.of(1), Uint8Array.of(1, 2)));
});

test('hexadecimal of many bytes', () => {
  const bytes = new Uint8Array(5000).fill(171);
  assert.equal(toHex(bytes), 'ab'.repeat(5000));
});
