import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callKey } from './call-key.ts';

test('a key has 255 characters at most, and belongs to one call of one claim', () => {
  const long = { id: `run_1${'~p.s~1.1'.repeat(40)}:p.s:1.1`, token: 12 };
  const keys = [
    callKey('complete', long, 1),
    callKey('complete', long, 2),
    callKey('complete', { ...long, token: 13 }, 1),
    callKey('complete', { ...long, id: `${long.id}0` }, 1),
    callKey('fail', long, 1),
  ];
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) assert.match(key, /^[\x21-\x7e]{1,255}$/);
});
