/** Until when people are told that a task is due. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverOf, tell } from '../../test/cli-kit/index.ts';
import { moment } from './layout.ts';

const HOUR = 3_600_000;
const after = (hours: number, more: object = {}) => ({
  ...{ on: 'completion', due: Date.now() + hours * HOUR + 5000, remind: [], then: 'notify', to: [] },
  ...{ stopped: null, ...more },
});
const task = (deadline: number | null, ...deadlines: object[]) => ({
  ...{ id: 'run:p0.a:1.1', kind: 'task', status: 'ready', step: 'p0.a', by: 'human', createdAt: 0 },
  ...{
    from: ['role:clerk'],
    requires: [],
    offeredTo: null,
    assignee: null,
    suspension: null,
    approval: null,
  },
  ...{
    priority: 5,
    failure: null,
    output: null,
    endedAt: null,
    input: 1,
    notes: null,
    help: [],
    description: null,
  },
  ...{ deadline, deadlines, activateAt: null, rules: null },
  asked: {
    ...{ what: 'Look', definition: { id: 'd', name: 'D', version: 1 }, startedBy: 'ann', actions: [] },
  },
});

test('the inbox says when the first clock of a task runs out', async (t) => {
  const soon = after(2).due;
  for (const [shown, due] of [
    [task(null, after(8), after(3, { on: 'start' })), 'in 3 h'],
    [task(soon, after(8)), 'in 2 h'],
    [task(null, after(1, { stopped: 0 }), after(4)), 'in 4 h'],
    [task(null, after(1, { stopped: 0 })), ''],
  ] as const) {
    serverOf(t, (path) =>
      path.startsWith('/v1/tasks') ? { rows: [shown], next: null } : { rows: [], proposed: [], next: null },
    );
    const { out } = await tell(['inbox']);
    const [, row = ''] = out.split('\n');
    assert.equal(/in \d h/.exec(row)?.[0] ?? '', due, row);
  }
});

test('a task is shown with each of its clocks, and what follows when it runs out', async (t) => {
  const clocks = [
    after(1, { on: 'start', then: 'escalate', to: ['role:lead'] }),
    after(2, { stopped: 0, then: 'reassign', to: ['role:a', 'role:b'] }),
    after(3),
    after(4, { then: 'expire' }),
  ];
  serverOf(t, () => task(null, ...clocks));
  const { out } = await tell(['show', 'run:p0.a:1.1']);
  const [first, , third, fourth] = clocks.map(({ due }) => moment(due));
  assert.match(out, new RegExp(`begin by +${first}; else it goes up to role:lead`));
  assert.match(out, /done by +its clock stands still; else it goes to role:a, role:b/);
  assert.match(out, new RegExp(`done by +${third}; else whoever is asked is told`));
  assert.match(out, new RegExp(`done by +${fourth}; else the attempt has failed`));
});

test('of a task that is over no clock runs', async (t) => {
  serverOf(t, () => ({ ...task(null, after(3)), status: 'completed', endedAt: Date.now() }));
  assert.doesNotMatch((await tell(['show', 'run:p0.a:1.1'])).out, /done by/);
});
