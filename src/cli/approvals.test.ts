/** What people are told of approvals before and after they decide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, tell } from '../../test/cli-kit/index.ts';

test('an approval that is suspended is not one to decide on', async (t) => {
  const row = (status: string) => ({
    id: `run:p0.${status}:1.1`,
    kind: 'approval',
    status,
    help: [],
    assignee: null,
    createdAt: 0,
    deadline: null,
    description: null,
    step: 'a.b',
  });
  serverOf(t, (path) =>
    path.startsWith('/v1/tasks')
      ? { rows: [row('ready'), row('suspended')], next: null }
      : { rows: [], proposed: [], next: null },
  );
  const { out } = await tell(['inbox']);
  const states = out
    .split('\n')
    .flatMap((line) => /^run:p0\S+ +approval +(to decide|\S+) /.exec(line)?.[1] ?? []);
  assert.deepEqual(states, ['to decide', 'suspended']);
});
