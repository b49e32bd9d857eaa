/** How many voices there are where somebody is away. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const ALL = { from: 'group:board', quorum: 'all' };

const goesAway = (bed: Testbed, who: string, substitute: string) =>
  bed.ok(who, 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: `passport_${substitute}`,
  });

/** An approval that asks the three of the board, some of whom are away. */
async function opened(approval: object, away: Readonly<Record<string, string>>) {
  const board = ['b1', 'b2', 'b3'].map((id) => passport(id, { groups: ['board'] }));
  const bed = await Testbed.open(...board, ...['s1', 's2', 's3'].map((id) => passport(id)));
  for (const [who, substitute] of Object.entries(away)) await goesAway(bed, who, substitute);
  const run = await bed.start({ id: 'sign', approval: { subject: { n: 1 }, ...approval } });
  return { bed, run };
}

const quorumOf = async (bed: Testbed, run: string) => (await bed.taskOf(run)).approval?.quorum;

async function look(bed: Testbed, run: string) {
  const { status, verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
  return status === 'running' ? verdict.verdict : status;
}

async function says(bed: Testbed, run: string, who: string, said: object = {}): Promise<void> {
  const { id, approval } = await bed.taskOf(run);
  await bed.ok(who, 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '', ...said });
}

describe('whoever stands in for somebody is no voice beside them', () => {
  for (const [what, approval, away, quorum, who] of [
    ['of all, where one is away', ALL, { b3: 's1' }, 3, ['b1', 'b2', 's1']],
    [
      'of all by their names',
      { ...ALL, from: ['passport_b1', 'passport_b2'] },
      { b2: 's1' },
      2,
      ['b1', 's1'],
    ],
    ['of all, where all are away', ALL, { b1: 's1', b2: 's2', b3: 's3' }, 3, ['s1', 's2', 's3']],
    ['of some, where all are away', { ...ALL, quorum: 2 }, { b1: 's1', b2: 's2', b3: 's3' }, 2, ['s3', 's1']],
  ] as const)
    test(what, async () => {
      const { bed, run } = await opened(approval, away);
      assert.equal(await quorumOf(bed, run), quorum);
      for (const one of who) {
        assert.equal(await look(bed, run), 'awaiting_approval');
        await says(bed, run, one);
      }
      assert.equal(await look(bed, run), 'completed');
      await bed.close();
    });

  test('who stands in for two is one voice, and who is of the board speaks for themselves: one is missing until they are back', async () => {
    for (const [away, who] of [
      [{ b2: 's1', b3: 's1' }, ['b1', 's1']],
      [{ b3: 'b1' }, ['b1', 'b2']],
    ] as const) {
      const { bed, run } = await opened(ALL, away);
      assert.equal(await quorumOf(bed, run), 3);
      for (const one of who) await says(bed, run, one);
      assert.equal(await look(bed, run), 'stranded');
      await bed.ok('b3', 'participant.set_availability', { id: 'me', status: 'available' });
      assert.equal(await look(bed, run), 'awaiting_approval');
      await says(bed, run, 'b3');
      assert.equal(await look(bed, run), 'completed');
      await bed.close();
    }
  });

  test('when one goes away and another changes what is asked', async () => {
    const { bed, run } = await opened(ALL, {});
    await goesAway(bed, 'b3', 's1');
    await says(bed, run, 'b1', { outcome: 'approve_with_changes', changes: { n: 2 } });
    assert.equal(await quorumOf(bed, run), 3);
    await bed.close();
  });

  test('when too few are left', async () => {
    const { bed, run } = await opened({ ...ALL, quorum: 2, veto: false }, { b3: 's1' });
    for (const who of ['b1', 'b2']) await says(bed, run, who, { outcome: 'reject' });
    assert.equal(await look(bed, run), 'rejected');
    await bed.close();
  });
});
