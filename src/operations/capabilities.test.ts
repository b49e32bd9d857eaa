import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

test('a capability is a document, written by revision', async () => {
  const bed = await Testbed.open(passport('operator', { roles: ['operator'] }));
  const given = {
    id: 'invoice_processing',
    description: 'Reads invoices',
    consumes: ['invoice[]'],
    produces: ['summary'],
    implies: ['ocr'],
    input: { type: 'object' },
    output: null,
    step: null,
  };
  const saved = await bed.ok('operator', 'capability.save', given);
  const { documented, revision, participants, available, ...rest } = saved.capability;
  assert.deepEqual([rest, documented, revision, participants, available], [given, true, 1, 0, 0]);
  assert.deepEqual(
    saved.problems.map(({ code, severity, path }) => [code, severity, path]),
    [['capability_unnamed', 'warning', 'implies[0]']],
  );
  const found = await bed.ok('operator', 'capability.get', { id: given.id });
  assert.deepEqual(found, { ...saved.capability, impliedBy: [] });
  const newer = { ...given, description: 'Reads all invoices' };
  assert.equal(await bed.no('operator', 'capability.save', { ...newer, revision: 0 }), 'changed_meanwhile');
  assert.equal(
    (await bed.ok('operator', 'capability.save', { ...newer, revision: 1 })).capability.revision,
    2,
  );
  const both = await Promise.all(
    [1, 2].map(() => bed.operations.call('capability.save', { ...newer, revision: 2 }, bed.as('operator'))),
  );
  assert.deepEqual(
    both.map(({ ok }) => ok),
    [true, false],
  );
  await bed.close();
});

test('no capability implies itself, and a check says so without saving', async () => {
  const bed = await Testbed.open();
  await bed.ok('root', 'capability.save', { id: 'a', implies: ['b'] });
  await bed.ok('root', 'capability.save', { id: 'b', implies: ['c'] });
  const closing = { id: 'c', implies: ['a'] };
  const checked = await bed.ok('root', 'capability.check', closing);
  assert.equal(checked.ok, false);
  assert.match(checked.problems[0]?.message ?? '', /c -> a -> b -> c/);
  assert.equal(await bed.no('root', 'capability.save', closing), 'capability_invalid');
  assert.equal(await bed.no('root', 'capability.save', { id: 'd', implies: ['d'] }), 'capability_invalid');
  const schema = { id: 'e', input: { type: 'nothing' } };
  assert.equal(await bed.no('root', 'capability.save', schema), 'capability_invalid');
  assert.match((await bed.ok('root', 'capability.check', schema)).problems[0]?.path ?? '', /^input/);
  assert.equal((await bed.ok('root', 'capability.get', { id: 'c' })).documented, false);
  const racing = await Promise.all(
    [
      { id: 'x', implies: ['y'] },
      { id: 'y', implies: ['x'] },
    ].map((one) => bed.operations.call('capability.save', one, bed.as('root'))),
  );
  assert.deepEqual(
    racing.map(({ ok }) => ok),
    [true, false],
    'also when both come at the same moment',
  );
  await bed.close();
});

test('counts are of those who hold it, by implication too', async () => {
  const bed = await Testbed.open(
    passport('a', { capabilities: ['ocr'] }),
    passport('b', { capabilities: ['reading', 'ocr'] }),
    passport('c', { capabilities: ['reading'], status: 'suspended' }),
  );
  const counts = async () =>
    (await bed.ok('root', 'capability.list', {})).rows.map((one) => [
      one.id,
      one.participants,
      one.available,
    ]);
  assert.deepEqual(await counts(), [
    ['ocr', 2, 2],
    ['reading', 2, 1],
  ]);
  await bed.ok('root', 'capability.save', { id: 'ocr', implies: ['reading'] });
  assert.deepEqual(await counts(), [
    ['ocr', 2, 2],
    ['reading', 3, 2],
  ]);
  assert.deepEqual((await bed.ok('root', 'capability.get', { id: 'reading' })).impliedBy, ['ocr']);
  const page = await bed.ok('root', 'capability.list', { limit: 1 });
  assert.equal(page.rows[0]?.id, 'ocr');
  const rest = await bed.ok('root', 'capability.list', { limit: 1, cursor: page.next ?? '' });
  assert.deepEqual([rest.rows[0]?.id, rest.next], ['reading', null]);
  const { problems } = await bed.ok('root', 'workflow.check_definition', {
    document: {
      id: 'd',
      name: 'D',
      phases: [{ id: 'p', steps: [{ id: 's', task: { requires: ['reading', 'nothing'] } }] }],
    },
  });
  assert.deepEqual(
    problems.map(({ message }) => /'(\w+)'/.exec(message)?.[1]),
    ['nothing'],
  );
  await bed.close();
});

test('who holds it by claims that have expired is not available', async () => {
  const bed = await Testbed.open(passport('a'), passport('b', { capabilities: ['reading'] }));
  await bed.ok('root', 'capability.save', { id: 'ocr', implies: ['reading'] });
  const expiresAt = bed.clock.now() + 1000;
  const bound = { constraints: [{ fact: 'amount', atMost: 5 }] };
  for (const who of ['a', 'b'])
    await bed.ok('root', 'claim.grant', {
      participant: `passport_${who}`,
      capability: 'ocr',
      level: 0.5,
      expiresAt,
      ...bound,
    });
  const counts = async (id: string) => {
    const { participants, available } = await bed.ok('root', 'capability.get', { id });
    return [participants, available];
  };
  assert.deepEqual(
    [await counts('ocr'), await counts('reading')],
    [
      [2, 2],
      [2, 2],
    ],
  );
  bed.clock.move(1000);
  assert.deepEqual(
    [await counts('ocr'), await counts('reading')],
    [
      [2, 0],
      [2, 1],
    ],
  );
  await bed.close();
});

test('what somebody holds is not deleted', async () => {
  const bed = await Testbed.open(
    passport('a', { capabilities: ['ocr'] }),
    passport('gone', { capabilities: ['ocr'] }),
  );
  assert.equal(
    await bed.no('root', 'capability.delete', { id: 'ocr' }),
    'capability_unknown',
    'a name alone',
  );
  await bed.ok('root', 'capability.save', { id: 'ocr' });
  assert.equal(await bed.no('root', 'capability.delete', { id: 'ocr' }), 'capability_held');
  await bed.ok('root', 'claim.revoke', { participant: 'passport_a', capability: 'ocr' });
  await bed.ok('root', 'participant.revoke', { id: 'passport_gone', reason: 'left' });
  const after = await bed.store.entryCount();
  await bed.ok('root', 'capability.delete', { id: 'ocr' });
  assert.equal(await bed.no('root', 'capability.delete', { id: 'ocr' }), 'capability_unknown');
  assert.deepEqual((await bed.ok('root', 'capability.list', {})).rows, []);
  await bed.ok('root', 'capability.save', { id: 'ocr' });
  const { events } = await bed.ok('root', 'event.list', { after });
  assert.deepEqual(
    events.map(({ type, payload }) => [type, payload['id']]),
    [
      ['capability.deleted', 'ocr'],
      ['capability.saved', 'ocr'],
    ],
  );
  await bed.close();
});

test('a capability that was deleted is saved again under the revision that is read', async () => {
  const bed = await Testbed.open();
  await bed.ok('root', 'capability.save', { id: 'a', revision: 0 });
  await bed.ok('root', 'capability.delete', { id: 'a' });
  const { revision } = await bed.ok('root', 'capability.get', { id: 'a' });
  assert.equal(revision, 0);
  assert.equal(await bed.no('root', 'capability.save', { id: 'a', revision: 1 }), 'changed_meanwhile');
  const again = await bed.ok('root', 'capability.save', { id: 'a', revision });
  assert.equal(again.capability.revision, 3);
  assert.equal(await bed.no('root', 'capability.save', { id: 'a', revision: 0 }), 'changed_meanwhile');
  await bed.close();
});

test('how its step goes is checked as the step of a definition is', async () => {
  const bed = await Testbed.open();
  const wrong = { timeout: 'never', retry: { nonsense: 1 }, if: '${{{', from: 'nobody in particular' };
  const { ok, problems } = await bed.ok('root', 'capability.check', { id: 'a', step: wrong });
  assert.equal(ok, false);
  assert.deepEqual(problems.map(({ code, path }) => `${code} ${path}`).toSorted(), [
    'step_invalid step.from',
    'step_invalid step.if',
    'step_invalid step.retry.nonsense',
    'step_invalid step.timeout',
  ]);
  assert.equal(await bed.no('root', 'capability.save', { id: 'a', step: wrong }), 'capability_invalid');
  const right = {
    by: 'agent',
    from: 'role:clerk',
    if: '${ size(consumes.invoice) > 0 && phases.other.work.output == 1 }',
    timeout: '2h',
    retry: { attempts: 3 },
    onFailure: { then: 'another_participant', finally: 'escalate', to: 'role:boss' },
    skippable: true,
    confidence: 0.9,
  } as const;
  await bed.ok('root', 'capability.save', { id: 'a', consumes: ['invoice[]'], step: right });
  await bed.close();
});
