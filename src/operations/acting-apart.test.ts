import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastOf, letAct, open, under } from '../../test/e2e/delegation-kit.ts';
import { passport } from '../../test/e2e/http-testbed.ts';

test('nobody approves their own work through somebody else', async () => {
  const bed = await open();
  const run = await bed.start(
    { id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } },
    { id: 'b', approval: { subject: { n: 1 }, from: 'role:manager' } },
  );
  await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['manager'] });
  const task = (await bed.taskOf(run)).id;
  const alices = await letAct(bed, 'alice', 'bob');
  await bed.ok('bob', 'task.start', { id: task }, under(alices));
  await bed.ok('bob', 'task.complete', { id: task }, under(alices));
  const approval = await bed.taskOf(run);
  const decision = {
    id: approval.id,
    outcome: 'approve' as const,
    subject: approval.approval?.subject ?? '',
  };
  assert.equal(await bed.no('alice', 'task.decide', decision), 'separation_of_duties', 'it was done for her');
  assert.equal(
    await bed.no('bob', 'task.decide', decision, under(alices)),
    'separation_of_duties',
    'he did it',
  );
  const carols = await letAct(bed, 'carol', 'bob');
  assert.equal(
    await bed.no('bob', 'task.decide', decision, under(carols)),
    'separation_of_duties',
    'for whomever',
  );
  const toAlice = await letAct(bed, 'carol', 'alice');
  assert.equal(await bed.no('alice', 'task.decide', decision, under(toAlice)), 'separation_of_duties');
  const onwards = await letAct(bed, 'alice', 'root', { under: toAlice });
  assert.equal(
    await bed.no('root', 'task.decide', decision, under(onwards)),
    'separation_of_duties',
    'nor in the middle',
  );
  await bed.ok('carol', 'task.decide', decision);
  await bed.close();
});

test('taking work under a delegation is a part in it, on whatever authority it is completed', async () => {
  const bed = await open();
  const run = await bed.start(
    { id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } },
    { id: 'b', approval: { subject: { n: 1 }, from: 'role:manager' } },
  );
  const task = (await bed.taskOf(run)).id;
  assert.equal(await bed.no('bob', 'task.claim', { id: task }), 'not_eligible', 'on his own');
  await bed.ok('bob', 'task.start', { id: task }, under(await letAct(bed, 'alice', 'bob')));
  await bed.ok('bob', 'task.complete', { id: task });
  const { id, approval } = await bed.taskOf(run);
  const decision = { id, outcome: 'approve' as const, subject: approval?.subject ?? '' };
  assert.equal(await bed.no('alice', 'task.decide', decision), 'separation_of_duties');
  await bed.close();
});

test('one person is one voice, also through somebody else', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['manager'] });
  const run = await bed.start({ id: 'b', approval: { subject: { n: 1 }, from: 'role:manager', quorum: 2 } });
  const { id, approval } = await bed.taskOf(run);
  const decision = { id, outcome: 'approve' as const, subject: approval?.subject ?? '' };
  const alices = under(await letAct(bed, 'alice', 'bob'));
  await bed.ok('bob', 'task.decide', decision, alices);
  assert.equal((await lastOf(bed, run, 'task.decided'))?.onBehalfOf, 'passport_alice');
  assert.equal(await bed.no('alice', 'task.decide', decision), 'already_decided');
  assert.equal(
    await bed.no('bob', 'task.decide', decision, under(await letAct(bed, 'carol', 'bob'))),
    'already_decided',
  );
  await bed.ok('carol', 'task.decide', decision);
  await bed.close();
});

test('the start of a run is not approved by who had a part in it', async () => {
  const bed = await open();
  const definition = await bed.define({ id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } });
  await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['operator'] });
  const first = await letAct(bed, 'alice', 'carol');
  const second = await letAct(bed, 'carol', 'bob', { under: first });
  const { id } = await bed.ok('bob', 'workflow.start', { definition, hold: true }, under(second));
  for (const who of ['alice', 'carol'])
    assert.equal(await bed.no(who, 'workflow.approve', { id }), 'separation_of_duties', who);
  assert.equal(await bed.no('bob', 'workflow.approve', { id }, under(second)), 'separation_of_duties');
  const roots = await letAct(bed, 'root', 'carol');
  assert.equal(await bed.no('carol', 'workflow.approve', { id }, under(roots)), 'separation_of_duties');
  await bed.ok('root', 'workflow.approve', { id });
  await bed.close();
});

test('whoever a task excludes has no part in it through somebody else', async () => {
  const bed = await open();
  const run = await bed.start({
    id: 'a',
    task: { requires: ['ocr'], by: 'human', input: {} },
    retry: { attempts: 1 },
    onFailure: { then: 'another_participant', finally: 'fail' },
  });
  await bed.ok('root', 'participant.update', { id: 'passport_carol', capabilities: ['ocr'] });
  const { id } = await bed.taskOf(run);
  await bed.ok('alice', 'task.start', { id });
  await bed.ok('alice', 'task.fail', { id, code: 'broken', message: 'no' });
  const again = (await bed.taskOf(run)).id;
  const alices = under(await letAct(bed, 'alice', 'bob'));
  assert.equal(await bed.no('bob', 'task.claim', { id: again }, alices), 'participant_excluded');
  await bed.ok('carol', 'task.claim', { id: again });
  await bed.close();
});

test('who did what a task is separate from has no part in it, through somebody else either', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_carol', capabilities: ['ocr'] });
  const run = await bed.start(
    { id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } },
    { id: 'b', task: { requires: ['ocr'], by: 'human', input: {}, separateFrom: ['p0.a'] } },
  );
  const { id } = await bed.taskOf(run);
  await bed.ok('alice', 'task.start', { id });
  await bed.ok('alice', 'task.complete', { id });
  const next = (await bed.taskOf(run)).id;
  assert.equal(await bed.no('alice', 'task.claim', { id: next }), 'not_eligible');
  assert.equal(
    await bed.no('bob', 'task.claim', { id: next }, under(await letAct(bed, 'alice', 'bob'))),
    'not_eligible',
  );
  const carols = under(await letAct(bed, 'carol', 'alice'));
  assert.equal(await bed.no('alice', 'task.claim', { id: next }, carols), 'not_eligible');
  const passedOn = await letAct(bed, 'alice', 'bob', { under: carols.delegation });
  assert.equal(
    await bed.no('bob', 'task.claim', { id: next }, under(passedOn)),
    'not_eligible',
    'nor in the middle',
  );
  await bed.ok('bob', 'task.claim', { id: next }, under(await letAct(bed, 'carol', 'bob')));
  await bed.close();
});

test('nor is it done for them by somebody who has taken it as themselves', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_carol', capabilities: ['ocr'] });
  const run = await bed.start(
    { id: 'a', task: { requires: ['ocr'], by: 'agent', input: {} } },
    { id: 'b', task: { requires: ['ocr'], by: 'human', input: {}, separateFrom: ['p0.a'] } },
  );
  await bed.ok('root', 'participant.update', { id: 'passport_agent', capabilities: ['ocr'] });
  const { task } = await bed.ok('agent', 'task.claim_next', {});
  await bed.ok('agent', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0 });
  const { id } = await bed.taskOf(run);
  await bed.ok('carol', 'task.start', { id });
  await bed.ok('root', 'participant.update', { id: 'passport_agent', owner: 'passport_alice' });
  for (const [whose, who] of [
    ['bob', 'who answered for it then'],
    ['alice', 'who does now'],
  ] as const) {
    const as = under(await letAct(bed, whose, 'carol'));
    assert.equal(await bed.no('carol', 'task.draft', { id, draft: 1 }, as), 'not_eligible', who);
    assert.equal(await bed.no('carol', 'task.complete', { id }, as), 'not_eligible', who);
    await bed.ok('carol', 'task.get', { id }, as);
  }
  await bed.ok('carol', 'task.complete', { id }, under(await letAct(bed, 'root', 'carol')));
  await bed.close();
});

test('nor where it is for agents, and they did it in the middle', async () => {
  const bed = await open();
  const run = await bed.start(
    { id: 'a', task: { from: ['passport_carol'], by: 'human', input: {} } },
    { id: 'b', task: { requires: ['ocr'], by: 'agent', input: {}, separateFrom: ['p0.a'] } },
  );
  const { id } = await bed.taskOf(run);
  await bed.ok('carol', 'task.start', { id });
  await bed.ok('carol', 'task.complete', { id });
  const next = (await bed.taskOf(run)).id;
  const carols = await letAct(bed, 'alice', 'carol');
  const passedOn = under(await letAct(bed, 'carol', 'agent', { under: carols }));
  assert.equal(await bed.no('agent', 'task.claim', { id: next }, passedOn), 'not_eligible');
  await bed.ok('agent', 'task.claim', { id: next }, under(await letAct(bed, 'alice', 'agent')));
  await bed.close();
});

test('that the grantor is away keeps nobody from deciding, nor lets anybody of another kind work', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'b', approval: { subject: { n: 1 }, from: 'role:manager' } });
  const { id: work } = await bed.taskOf(
    await bed.start({ id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } }),
  );
  const [bobs, agents] = [await letAct(bed, 'alice', 'bob'), await letAct(bed, 'alice', 'agent')];
  await bed.ok('alice', 'participant.set_availability', { id: 'me', status: 'away' });
  const { id, approval } = await bed.taskOf(run);
  const decision = { id, outcome: 'approve' as const, subject: approval?.subject ?? '' };
  await bed.ok('bob', 'task.decide', decision, under(bobs));
  assert.equal(await bed.no('agent', 'task.claim', { id: work }, under(agents)), 'not_eligible');
  await bed.close();
});

test('nobody helps, through whoever acts for them, with what they have to be separate from', async () => {
  const bed = await open();
  const run = await bed.start(
    { id: 'a', task: { by: 'human', from: 'passport_carol' } },
    { id: 'b', task: { by: 'human', from: 'passport_alice', separateFrom: ['p0.a'] } },
  );
  const first = (await bed.taskOf(run)).id;
  await bed.ok('carol', 'task.start', { id: first });
  await bed.ok('carol', 'task.complete', { id: first });
  const { id } = await bed.taskOf(run);
  await bed.ok('alice', 'task.start', { id });
  await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['manager'] });
  await bed.add(passport('dora', { roles: ['manager'] }));
  await bed.ok('alice', 'task.request_help', { id, from: 'role:manager', text: 'how?' });
  const help = { id, request: 1, output: 'so' };
  assert.equal(await bed.no('carol', 'task.help', help), 'participant_excluded');
  const carols = under(await letAct(bed, 'carol', 'bob'));
  assert.equal(await bed.no('bob', 'task.help', help, carols), 'not_eligible');
  await bed.close();
});

test('who administers what they have to be separate from does so through somebody else as well', async () => {
  const bed = await open();
  const administer = [
    ['task.comment', { text: 'so' }],
    ['task.set', { priority: 9 }],
    ['task.suspend', {}],
    ['task.resume', {}],
    ['task.release', {}],
    ['task.exit', { reason: 'no' }],
  ] as const;
  const alices = under(await letAct(bed, 'alice', 'bob'));
  for (const asked of [{ who: 'alice' }, { who: 'bob', ...alices }]) {
    const { who, ...delegation } = asked;
    const run = await bed.start(
      { id: 'a', task: { by: 'human', from: 'passport_alice' } },
      { id: 'b', task: { by: 'human', from: ['passport_carol', 'passport_root'], separateFrom: ['p0.a'] } },
    );
    const first = (await bed.taskOf(run)).id;
    await bed.ok('alice', 'task.start', { id: first });
    await bed.ok('alice', 'task.complete', { id: first });
    const { id } = await bed.taskOf(run);
    await bed.ok('carol', 'task.claim', { id });
    assert.equal(
      await bed.no(who, 'task.complete', { id }, delegation),
      who === 'bob' ? 'not_eligible' : 'task_status',
    );
    for (const [name, more] of administer) await bed.ok(who, name, { id, ...more }, delegation);
  }
  await bed.close();
});
