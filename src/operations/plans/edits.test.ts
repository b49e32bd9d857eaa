import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goal, openPlanBed as open } from '../../../test/e2e/plan-bed.ts';
import { passport } from '../../../test/e2e/http-testbed.ts';

test('a plan whose input was edited is not what was read before', async () => {
  const bed = await open();
  const { id, definition, digest } = await bed.ok('root', 'workflow.plan', goal);
  const evil = await bed.ok('operator', 'plan.edit', { id, definition, input: { invoices: ['EVIL'] } });
  assert.notEqual(evil.digest, digest);
  assert.equal(await bed.no('root', 'plan.start', { id, digest }), 'digest_mismatch');
  const back = await bed.ok('operator', 'plan.edit', { id, definition });
  assert.equal(back.digest, evil.digest, 'the input is still another one');
  assert.equal(await bed.no('root', 'plan.start', { id, digest }), 'digest_mismatch');
  const started = await bed.ok('root', 'plan.start', { id, digest: back.digest });
  assert.equal(started.run?.status, 'running');
  await bed.close();
});

test('a template keeps the duration that somebody wrote, and not what was left until the deadline', async () => {
  const bed = await open();
  const limitsOf = async (id: string): Promise<unknown> => {
    await bed.ok('root', 'plan.save', { id, definition: 'kept' });
    return (await bed.ok('root', 'workflow.get_definition', { id: 'kept' })).document['limits'];
  };
  const edit = async (deadline: object, limits: object | undefined) => {
    const { id, definition } = await bed.ok('root', 'workflow.plan', { ...goal, ...deadline });
    const before = definition['limits'] as object | undefined;
    const changed = { ...definition, ...(limits && { limits: { ...before, ...limits } }) } as never;
    await bed.ok('root', 'plan.edit', { id, definition: changed });
    return limitsOf(id);
  };
  const deadline = { deadline: bed.clock.now() + 60_000 };
  assert.deepEqual(await edit({}, { duration: '2h', tasks: 50 }), { duration: '2h', tasks: 50 });
  assert.deepEqual(await edit(deadline, { duration: '30s' }), { duration: '30s' });
  assert.deepEqual(await edit(deadline, { tasks: 50 }), { tasks: 50 });
  assert.equal(await edit(deadline, undefined), undefined);
  await bed.close();
});

test('what the workflow of a step will take is not known, and nothing that holds it', async () => {
  const bed = await open();
  const { id, definition } = await bed.ok('root', 'workflow.plan', goal);
  const child = {
    id: 'child',
    name: 'Child',
    phases: [{ id: 'p', steps: [{ id: 'w', wait: { for: '1h' } }] }],
  };
  await bed.ok('root', 'workflow.save_definition', { document: child });
  const phases = [{ id: 'whole', steps: [{ id: 'run', workflow: { definition: 'child' } }] }];
  const { output: _, allow: __, ...rest } = definition;
  const { estimates } = await bed.ok('root', 'plan.edit', { id, definition: { ...rest, phases } });
  const nothing = { time: null, cost: null, tokens: null };
  assert.deepEqual(estimates, {
    ...nothing,
    steps: [{ ...nothing, step: 'whole.run', items: 1, samples: 0 }],
    notes: ['what the workflow of whole.run will take is not known'],
  });
  await bed.close();
});

test('an edited plan explains the steps that it has', async () => {
  const bed = await open();
  await bed.add(passport('clerk', { kind: 'agent', capabilities: ['file'] }));
  await bed.ok('root', 'capability.save', { id: 'file', description: 'Files what was read' });
  const { id, definition, explanation } = await bed.ok('root', 'workflow.plan', goal);
  const same = await bed.ok('root', 'plan.edit', { id, definition });
  assert.deepEqual(same.explanation, explanation);
  const [read] = definition['phases'] as { id: string }[];
  const about = (part: string) => explanation.filter((reason) => reason.about === part);
  const filing = {
    id: 'filing',
    needs: ['read'],
    steps: [
      { id: 'each', forEach: '${ phases.read.each.outputs }', task: { requires: ['file'], by: 'agent' } },
    ],
  };
  const { output: _, allow: __, ...rest } = definition;
  const changed = { ...rest, phases: [read, filing] } as never;
  const edited = await bed.ok('root', 'plan.edit', { id, definition: changed });
  const parts = new Set(edited.explanation.map((reason) => reason.about));
  assert.deepEqual([parts.has('sum'), parts.has('steps')], [false, false]);
  assert.deepEqual(
    edited.explanation.filter((reason) => reason.about === 'read'),
    about('read'),
  );
  const [shape, choice] = edited.explanation.filter((reason) => reason.about === 'filing');
  assert.equal(shape?.because, 'done for each of phases.read.each.outputs');
  assert.match(choice?.because ?? '', /clerk/);
  await bed.close();
});
