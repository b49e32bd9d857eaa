import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft } from './draft.ts';

test('an artifact that a command is not shown stays the reference that the state has, with its size', () => {
  const shown = (sha256: string) => (sha256 === 'small' ? { x: 1 } : { $artifact: sha256, bytes: 0 });
  const draft = new Draft({} as never, null, { artifact: shown } as never);
  assert.deepEqual(draft.content({ $artifact: 'small', bytes: 9 }), { x: 1 });
  assert.deepEqual(draft.content({ $artifact: 'large', bytes: 40 }), { $artifact: 'large', bytes: 40 });
});
