/** Several policies that ask different people about the same act. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const ASK = { effect: 'require_approval' } as const;
const people = [
  passport('officer', { roles: ['compliance'] }),
  passport('mia', { roles: ['manager'] }),
  passport('dot', { groups: ['directors'] }),
  passport('robot', { kind: 'agent', capabilities: ['work'], capacity: 9 }),
  passport('erp', { kind: 'system' }),
];
const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } };
const POST = { id: 'a', record: { system: 'erp', operation: 'post', input: { amount: 5 } } };

const begun = async (bed: Testbed) => {
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 600 });
  const { id = '', token = 0 } = task ?? {};
  return { id, token };
};

/** Where policies ask, and what is done until they do. */
const POINTS = [
  ['begin.asked', 'task.start', WORK, () => Promise.resolve()],
  [
    'result.asked',
    'task.complete',
    WORK,
    async (bed) => void (await bed.ok('robot', 'task.complete', { ...(await begun(bed)), output: 1 })),
  ],
  ['write.asked', 'record.write', POST, () => Promise.resolve()],
  [
    'tool.asked',
    'tool.call',
    WORK,
    async (bed) => {
      const call = { call: '1', tool: 'pay', arguments: {}, class: 'consequential' } as const;
      await bed.ok('robot', 'tool.request', { ...(await begun(bed)), ...call });
    },
  ],
] as const satisfies readonly (readonly [string, string, object, (bed: Testbed) => Promise<void>])[];

/** What is asked at a point, one after the other, as each is approved. */
async function askedAt([type, on, step, begin]: (typeof POINTS)[number]) {
  const bed = await Testbed.open(...people);
  await bed.adopt({ policy: { ...ASK, id: 'b-1', on, from: 'role:manager', reason: 'It is dear.' } });
  await bed.adopt({ policy: { ...ASK, id: 'b-2', on, from: 'group:directors', reason: 'It is new.' } });
  const run = await bed.start(step);
  await begin(bed);
  for (const who of ['dot', 'mia']) {
    const { rows } = await bed.ok(who, 'task.list', { mine: true });
    const [{ id, approval } = assert.fail(`${who} is asked`)] = rows;
    await bed.ok(who, 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
  }
  const { events } = await bed.ok('root', 'run.events', { id: run });
  await bed.close();
  return events
    .filter((event) => event.type === type)
    .map(({ authority: { id, version }, payload: { restsOn, reason } }) => ({
      rests: [`${id}@${version}`, restsOn],
      told: ['It is dear.', 'It is new.'].filter((one) => JSON.stringify(reason).includes(one)),
    }));
}

for (const point of POINTS)
  test(`${point[0]}: each rests on the policy that asks for it`, async () => {
    const asked = await askedAt(point);
    assert.deepEqual(
      asked.map(({ rests }) => rests),
      [
        ['b-2@1', ['b-2@1']],
        ['b-1@1', ['b-1@1']],
      ],
    );
  });

// What is asked of a result is told with all that policies say of it, as it is kept.
for (const point of POINTS.filter(([type]) => type !== 'result.asked'))
  test(`${point[0]}: each is told the reason of the policy that asks them`, async () => {
    const asked = await askedAt(point);
    assert.deepEqual(
      asked.map(({ told }) => told),
      [['It is new.'], ['It is dear.']],
    );
  });
