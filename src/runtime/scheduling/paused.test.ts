import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const HOUR = 3_600_000;
const people = ['ann', 'bo'].map((id) => passport(id, { roles: ['clerk'], capacity: 9 }));
const work = { by: 'human', from: 'role:clerk' } as const;
const later = new Date(2_000_000_000_000).toISOString();

/** What happens to a task while its run gives out no work, and who has it, how, once it does. */
const CASES: readonly {
  readonly what: string;
  readonly task: object;
  readonly happens: (bed: Testbed, id: string) => unknown;
  readonly ends: readonly [status: string, assignee: string];
}[] = [
  {
    what: 'what is activated for whoever is next',
    task: { ...work, activate: 'manual', assign: 'round_robin' },
    happens: (bed, id) => bed.ok('root', 'task.activate', { id }),
    ends: ['reserved', 'passport_ann'],
  },
  {
    what: 'what is activated for one person',
    task: { ...work, activate: 'manual', from: 'passport_bo' },
    happens: (bed, id) => bed.ok('root', 'task.activate', { id }),
    ends: ['reserved', 'passport_bo'],
  },
  {
    what: 'what its time activates, to be begun by whoever gets it',
    task: { ...work, activateAt: later, assign: 'round_robin', commence: 'allocation' },
    happens: (bed) => bed.clock.move(Date.parse(later) - bed.clock.now()),
    ends: ['in_progress', 'passport_ann'],
  },
  {
    what: 'what a deadline gives to somebody else',
    task: { ...work, deadlines: [{ within: '1h', then: { reassign: 'passport_bo' } }] },
    happens: (bed) => bed.clock.move(HOUR),
    ends: ['reserved', 'passport_bo'],
  },
  {
    what: 'what its holder gives back',
    task: { ...work, assign: 'round_robin' },
    happens: (bed, id) => bed.ok('ann', 'task.release', { id }),
    ends: ['reserved', 'passport_bo'],
  },
];

type Act = (bed: Testbed, run: string) => unknown;
const HALTS: readonly (readonly [when: string, halt: Act, goOn: Act])[] = [
  [
    'in a run that is paused',
    (bed, id) => bed.ok('root', 'workflow.pause', { id }),
    (bed, id) => bed.ok('root', 'workflow.resume', { id }),
  ],
  [
    'while all work is stopped',
    (bed) => bed.ok('root', 'organisation.emergency_stop', { reason: 'a question' }),
    (bed) => bed.ok('root', 'organisation.lift_emergency_stop', { reason: 'an answer' }),
  ],
];

for (const { what, task, happens, ends } of CASES)
  for (const [when, halt, goOn] of HALTS)
    test(`${what} ${when} is held back until work goes on, and is given out then (PASS-4)`, async () => {
      const bed = await Testbed.open(...people);
      const run = await bed.start({ id: 'a', task });
      const { id } = await bed.taskOf(run);
      await halt(bed, run);
      await happens(bed, id);
      await bed.until(async () => {
        const { status, assignee, activateAt } = await bed.taskOf(run);
        return status === 'created' && assignee === null && activateAt === null;
      });
      await goOn(bed, run);
      await bed.until(async () => (await bed.taskOf(run)).assignee !== null);
      const { status, assignee } = await bed.taskOf(run);
      assert.deepEqual([status, assignee], ends);
      await bed.close();
    });
