import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventView } from '../client/index.ts';
import { eventLine } from './progress.ts';

test('that work is sent back is told with the reason, and without one that is hidden', () => {
  const line = (payload: object) => eventLine({ type: 'run.redone', actor: 'hidden', payload } as EventView);
  assert.equal(line({ by: 'sign', feedback: 'Too much' }), 'sent back by sign: "Too much"');
  assert.equal(line({ by: 'sign', feedback: null, hidden: true }), 'sent back by sign');
});
