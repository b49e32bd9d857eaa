import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

/** What somebody has in the place of another, or by another's passport, is theirs for as long as that is so: REROUTE-2. */
const HOUR = 3_600_000;
const given = (from: string) => ({ id: 'a', task: { by: 'human', from, assign: 'best_fit' } });

const people = [
  passport('ann', { roles: ['boss'] }),
  ...['ben', 'cy', 'max', 'mia'].map((id) => passport(id)),
];

const away = (bed: Testbed, who: string, substitute: string, until: number | null = null) =>
  bed.ok(who, 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: `passport_${substitute}`,
    until,
  });
const back = (bed: Testbed, who: string) =>
  bed.ok(who, 'participant.set_availability', { id: 'me', status: 'available' });
const changed = (bed: Testbed, changes: object) =>
  bed.ok('root', 'participant.update', { id: 'passport_ann', ...changes });
const isOf = async (bed: Testbed, run: string, who: string | null) =>
  (await bed.taskOf(run)).assignee === (who && `passport_${who}`);

interface Case {
  readonly from: string;
  before(bed: Testbed): Promise<unknown>;
  readonly had: string;
  change(bed: Testbed): Promise<unknown>;
  readonly has: string | null;
}
const BOSS = { from: 'role:boss', before: (bed: Testbed) => away(bed, 'ann', 'ben'), had: 'ben' };
const LED = { from: 'manager_of:passport_ann', had: 'max' };
const ledBy = (bed: Testbed, manager: string) => changed(bed, { manager: `passport_${manager}` });

const CASES: Readonly<Record<string, Case>> = {
  'whoever was away says that they are back': { ...BOSS, change: (bed) => back(bed, 'ann'), has: 'ann' },
  'they come back by themselves': {
    ...BOSS,
    before: (bed) => away(bed, 'ann', 'ben', bed.clock.now() + HOUR),
    change: async (bed) => bed.clock.move(HOUR),
    has: 'ann',
  },
  'what names them alone': { ...BOSS, from: 'passport_ann', change: (bed) => back(bed, 'ann'), has: 'ann' },
  'they name another substitute': { ...BOSS, change: (bed) => away(bed, 'ann', 'cy'), has: 'cy' },
  'they are not any more what was asked for': {
    ...BOSS,
    change: (bed) => changed(bed, { roles: [] }),
    has: null,
  },
  'they are suspended': { ...BOSS, change: (bed) => changed(bed, { status: 'suspended' }), has: null },
  'who stands in for their substitute, once that one is back': {
    ...BOSS,
    before: async (bed) => [await away(bed, 'ben', 'cy'), await away(bed, 'ann', 'ben')],
    had: 'cy',
    change: (bed) => back(bed, 'ben'),
    has: 'ben',
  },
  'who stands in for their substitute, once they themselves are back': {
    ...BOSS,
    before: async (bed) => [await away(bed, 'ben', 'cy'), await away(bed, 'ann', 'ben')],
    had: 'cy',
    change: (bed) => back(bed, 'ann'),
    has: 'ann',
  },
  'they report to somebody else': {
    ...LED,
    before: (bed) => ledBy(bed, 'max'),
    change: (bed) => ledBy(bed, 'mia'),
    has: 'mia',
  },
  'they report to somebody else, and somebody stands in for the one that they reported to': {
    ...LED,
    before: async (bed) => [await ledBy(bed, 'max'), await away(bed, 'max', 'ben')],
    had: 'ben',
    change: (bed) => ledBy(bed, 'mia'),
    has: 'mia',
  },
};

describe('what is reserved for somebody by what another is goes on once that one is something else', () => {
  for (const [what, { from, before, had, change, has }] of Object.entries(CASES))
    test(what, { timeout: 5000 }, async () => {
      const bed = await Testbed.open(...people);
      await before(bed);
      const run = await bed.start(given(from));
      assert.ok(await isOf(bed, run, had));
      await change(bed);
      await bed.until(() => isOf(bed, run, has));
      await bed.close();
    });
});

describe('what is put aside while somebody has it, and goes on when they cannot do it any more, goes to somebody else', () => {
  const clerks = ['ann', 'ben'].map((id) => passport(id, { roles: ['clerk'] }));
  const task = { by: 'human', from: 'role:clerk', assign: 'round_robin' };
  const ends: Readonly<Record<string, (bed: Testbed, id: string) => Promise<unknown>>> = {
    'by a word': (bed, id) => bed.ok('root', 'task.resume', { id }),
    'by itself': async (bed) => bed.clock.move(HOUR),
  };
  for (const [how, end] of Object.entries(ends))
    test(how, async () => {
      const bed = await Testbed.open(...clerks);
      const run = await bed.start({ id: 'a', task });
      const { id, assignee } = await bed.taskOf(run);
      assert.equal(assignee, 'passport_ann');
      await bed.ok('ann', 'task.suspend', { id, seconds: HOUR / 1000 });
      await changed(bed, { roles: [] });
      await end(bed, id);
      await bed.until(() => isOf(bed, run, 'ben'));
      await bed.close();
    });
});
