/** What `task.get` says that the caller may do is what the operations then take from them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const ACTS = {
  comment: { text: 'x' },
  set: { priority: 9 },
  suspend: {},
  resume: {},
  claim: {},
  start: {},
  decline: {},
  delegate: { to: 'passport_mia' },
  forward: { to: 'passport_mia' },
  skip: {},
  force_complete: { output: 1 },
  force_fail: {},
} as const;
type Act = keyof typeof ACTS;

const told = async (bed: Testbed, who: string, id: string) => (await bed.ok(who, 'task.get', { id })).asked;

/** Does all of it in turn, each where it is told to be possible, and tries the rest. */
const isTold = async (bed: Testbed, who: string, id: string, acts = Object.keys(ACTS) as Act[]) => {
  for (const act of acts) {
    const { actions } = await told(bed, who, id);
    const done = await bed.operations.call(`task.${act}`, { id, ...ACTS[act] }, bed.as(who));
    assert.equal(actions.includes(act), done.ok, `${act} by ${who}`);
  }
};

const SIGN = { id: 'b', approval: { subject: 1, from: 'role:mgr' } };

test('whoever may see an approval is told what they may do beside deciding, and whoever decides as well', async () => {
  const bed = await Testbed.open(
    passport('mia', { roles: ['mgr'] }),
    passport('op', { roles: ['operator'] }),
    passport('eve'),
  );
  const { id } = await bed.taskOf(await bed.start(SIGN));
  const noted = ['comment', 'attach', 'detach', 'set'];
  const [mia, op, eve] = [await told(bed, 'mia', id), await told(bed, 'op', id), await told(bed, 'eve', id)];
  assert.deepEqual(
    [new Set(mia.actions), mia.obstacle],
    [new Set(['view', 'decide', 'suspend', ...noted]), null],
  );
  assert.deepEqual(new Set(op.actions), new Set(['view', 'suspend', 'exit', ...noted]));
  assert.equal(op.obstacle, 'op is not role:mgr.');
  assert.deepEqual(eve.actions, []);
  for (const who of ['mia', 'op']) await isTold(bed, who, id);
  await bed.ok('op', 'task.suspend', { id });
  const later = await told(bed, 'op', id);
  assert.deepEqual(new Set(later.actions), new Set(['view', 'resume', 'exit', ...noted]));
  await bed.ok('op', 'task.exit', { id });
  assert.deepEqual((await told(bed, 'op', id)).actions, ['view']);
  await bed.close();
});

test('what is offered to many is declined by each of them, and they are told that they may', async () => {
  const clerk = (id: string) => passport(id, { roles: ['clerk'] });
  const bed = await Testbed.open(clerk('ann'), clerk('bob'));
  const step = { id: 'a', task: { by: 'human', from: 'role:clerk', assign: 'offer' } };
  const { id } = await bed.taskOf(await bed.start(step));
  await isTold(bed, 'ann', id, ['decline']);
  assert.deepEqual((await bed.taskOf(id.split(':')[0] ?? '')).excluded, ['passport_ann']);
  await isTold(bed, 'ann', id, ['decline', 'claim', 'start']);
  await bed.close();
});

test('whoever administers a task does it before its turn though it is offered to others, as they are told', async () => {
  const bed = await Testbed.open(
    passport('ann'),
    passport('bob', { roles: ['boss'] }),
    passport('op', { roles: ['operator'] }),
  );
  const early = {
    by: 'human',
    from: 'passport_ann',
    administrators: ['role:boss'],
    assign: { when: 'early', strategy: 'offer' },
  };
  const announced = async (task: object = early): Promise<string> => {
    const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:boss' } }, { id: 'b', task });
    const { rows } = await bed.ok('root', 'task.list', { run, step: 'p1.b' });
    return rows[0]?.id ?? '';
  };
  for (const who of ['ann', 'bob', 'op']) {
    const id = await announced();
    assert.ok((await told(bed, who, id)).actions.includes('predo'), who);
    await bed.ok(who, 'task.predo', { id, output: 1 });
    assert.ok(!(await told(bed, who, id)).actions.includes('predo'), who);
  }
  const barred = await announced({ ...early, exclude: ['passport_bob'] });
  assert.ok(!(await told(bed, 'bob', barred)).actions.includes('predo'));
  assert.equal(await bed.no('bob', 'task.predo', { id: barred, output: 1 }), 'not_eligible');
  await bed.close();
});

const EVERY = {
  ...ACTS,
  predo: { output: 1 },
  exit: {},
  activate: {},
  nominate: { to: ['passport_mia'] },
} as const;

test('what waits for the turn of a task, or is over with it, is not told of before, or after', async () => {
  const bed = await Testbed.open(
    passport('mia', { roles: ['clerk'] }),
    passport('ann', { roles: ['clerk'] }),
    passport('op', { roles: ['operator'] }),
    passport('bot', { kind: 'agent', capabilities: ['ocr'] }),
    passport('boss', { kind: 'agent', roles: ['operator'] }),
  );
  const clerks = { by: 'human', from: 'role:clerk' };
  const people = ['ann', 'op'];
  const scenes = [
    { whos: people, task: { ...clerks, assign: { when: 'early', strategy: 'offer' } }, to: 'passport_mia' },
    { whos: people, task: { ...clerks, activate: 'manual' }, to: 'passport_mia' },
    { whos: people, task: { ...clerks, exclude: ['passport_op'] }, to: 'passport_mia' },
    { whos: ['bot', 'boss', 'op'], task: { requires: ['ocr'], assign: 'offer' }, to: 'passport_bot' },
  ];
  for (const { whos, task, to } of scenes)
    for (const who of whos)
      for (const act of Object.keys(EVERY) as (keyof typeof EVERY)[]) {
        const step = { id: 'b', task };
        const isEarly = typeof task.assign === 'object';
        const run = await bed.start(...(isEarly ? [{ ...step, task: clerks }, step] : [step]));
        const { rows } = await bed.ok('root', 'task.list', { run, step: isEarly ? 'p1.b' : 'p0.b' });
        const id = rows[0]?.id ?? '';
        const { actions } = await told(bed, who, id);
        const input = {
          id,
          ...EVERY[act],
          ...('to' in EVERY[act] && { to: act === 'nominate' ? [to] : to }),
        };
        const done = await bed.operations.call(`task.${act}`, input, bed.as(who));
        const why = done.ok ? '' : done.rejection.message;
        assert.equal(actions.includes(act), done.ok, `${act} by ${who} of ${JSON.stringify(task)}: ${why}`);
        await bed.operations.call('workflow.cancel', { id: run }, bed.as('root'));
      }
  await bed.close();
});

test('what is refused whatever they say is not among what they may do', async () => {
  const bed = await Testbed.open(
    passport('ann', { roles: ['clerk'] }),
    passport('mia', { roles: ['clerk'] }),
  );
  const start = async (more: object, ...after: object[]) =>
    bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', ...more } }, ...after);
  const may = async (who: string, id: string, ...acts: string[]) => {
    const { actions } = await told(bed, who, id);
    return acts.filter((act) => (actions as string[]).includes(act));
  };
  const { id: kept } = await bed.taskOf(await start({ delegates: 'nobody' }));
  await bed.ok('ann', 'task.claim', { id: kept });
  assert.deepEqual(await may('ann', kept, 'start', 'delegate', 'forward'), ['start']);

  const ahead = {
    id: 'b',
    task: { by: 'human', from: 'role:clerk', assign: { strategy: 'offer', when: 'early' } },
  };
  const run = await start({}, ahead);
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  const early = rows.find(({ step }) => step === 'p1.b')?.id ?? '';
  assert.deepEqual(await may('ann', early, 'predo'), ['predo']);
  await bed.ok('root', 'workflow.pause', { id: run });
  assert.deepEqual(await may('ann', early, 'predo'), []);
  assert.equal(await bed.no('ann', 'task.predo', { id: early, output: 1 }), 'run_status');
  await bed.close();
});

test('what is being undone is not resumed, and what undid it is not done again, nor what is not its result any more', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }));
  const work = { by: 'human', from: 'role:clerk' } as const;
  const run = await bed.start({ id: 'a', task: work, compensate: { task: work } }, { id: 'b', task: work });
  const may = async (id: string, act: string) =>
    (await told(bed, 'root', id)).actions.includes(act as 'redo');
  const done = async (): Promise<string> => {
    const { id } = await bed.taskOf(run);
    await bed.ok('ann', 'task.start', { id });
    await bed.ok('ann', 'task.complete', { id, output: 1 });
    return id;
  };
  const { id: begun } = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id: begun });
  await bed.ok('root', 'task.restart', { id: begun, recovery: 'compensate' });
  assert.equal(await may(begun, 'resume'), false);
  assert.equal(await bed.no('root', 'task.resume', { id: begun }), 'task_status');
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  const undoing = rows.find(({ id }) => id !== begun)?.id ?? '';
  await bed.ok('ann', 'task.start', { id: undoing });
  await bed.ok('ann', 'task.complete', { id: undoing, output: 1 });
  assert.equal(await may(undoing, 'redo'), false);
  await bed.ok('ann', 'task.complete', { id: begun, output: 1 });
  assert.equal(await may(begun, 'redo'), true);
  await bed.ok('root', 'workflow.rollback', { id: run, phase: 'p0' });
  await done();
  const again = await done();
  assert.equal(await may(begun, 'redo'), false, 'of an earlier round');
  assert.equal(await bed.no('root', 'task.redo', { id: begun }), 'task_status');
  assert.equal(await may(again, 'redo'), true);
  await bed.close();
});
