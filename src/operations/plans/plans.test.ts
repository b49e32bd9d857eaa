import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import { analyst, goal, openPlanBed as open, operator, reader } from '../../../test/e2e/plan-bed.ts';
import type { InputOf } from '../schema/index.ts';

/** Does whatever is open, until nothing is. */
const workOff = async (bed: Testbed): Promise<void> => {
  for (const who of ['reader', 'reader', 'analyst']) {
    const { task } = (await bed.ok(who, 'task.claim_next', {})) as {
      task: { id: string; token: number } | null;
    };
    if (task) await bed.ok(who, 'task.complete', { id: task.id, token: task.token, output: { by: who } });
  }
};
const eventsOf = async (bed: Testbed): Promise<string[]> => {
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  return events.map(({ type }) => type).filter((type) => /^(plan|definition|run)\./.test(type));
};

describe('a plan', () => {
  test('is a draft that can be read again, and the record says who made it', async () => {
    const bed = await open();
    const plan = await bed.ok('root', 'workflow.plan', goal);
    assert.deepEqual(
      plan.executionPlan.map(({ order, assignedTo, requiredCapabilities, status }) => [
        order,
        assignedTo,
        requiredCapabilities,
        status,
      ]),
      [
        [1, reader.id, ['read'], 'planned'],
        [2, analyst.id, ['sum'], 'planned'],
      ],
    );
    assert.deepEqual([plan.status, plan.run, plan.plannedBy, plan.revision], ['draft', null, 'planner', 1]);
    assert.match(plan.executionPlan[0]?.reason ?? '', /reader is the only one/);
    assert.deepEqual(await bed.ok('operator', 'plan.get', { id: plan.id }), plan);
    assert.equal(await bed.no('root', 'plan.get', { id: 'plan_none' }), 'plan_unknown');
    assert.deepEqual(await eventsOf(bed), ['plan.created']);
    assert.equal(await bed.no('reader', 'workflow.plan', goal), 'forbidden');
    await bed.close();
  });

  test('is started with its goal, or later; what its steps are at follows the run', async () => {
    const bed = await open();
    const plan = await bed.ok('root', 'workflow.plan', { ...goal, start: true, priority: 9 });
    assert.deepEqual([plan.status, plan.run?.status], ['started', 'running']);
    const statuses = async (): Promise<string[]> =>
      (await bed.ok('root', 'plan.get', { id: plan.id })).executionPlan.map(({ status }) => status);
    assert.deepEqual(await statuses(), ['in_progress', 'pending']);
    const verdict = async () => (await bed.ok('root', 'plan.get', { id: plan.id })).run?.verdict;
    assert.equal(await verdict(), 'running');
    await bed.ok('root', 'participant.suspend', { id: 'passport_reader' });
    assert.equal(await verdict(), 'stranded');
    await bed.ok('root', 'participant.unsuspend', { id: 'passport_reader' });
    const run = await bed.ok('root', 'workflow.get_run', { id: plan.run?.id ?? '' });
    assert.deepEqual([run.priority, run.definition.digest, run.input], [9, plan.digest, goal.input]);
    await workOff(bed);
    assert.deepEqual(await statuses(), ['completed', 'completed']);
    assert.deepEqual(await eventsOf(bed), [
      'plan.created',
      'definition.saved',
      'plan.started',
      'run.created',
      'run.completed',
    ]);
    assert.equal(await bed.no('root', 'plan.start', { id: plan.id }), 'plan_started');
    await bed.close();
  });

  test('with people in the loop is held until somebody else says yes', async () => {
    const bed = await open();
    const plan = await bed.ok('root', 'workflow.plan', { ...goal, humanInLoop: true, start: true });
    assert.equal(plan.run?.status, 'pending_approval');
    const id = plan.run?.id ?? '';
    assert.equal(await bed.no('root', 'workflow.approve', { id }), 'separation_of_duties');
    await bed.ok('operator', 'workflow.approve', { id });
    await workOff(bed);
    const { tasks, verdict } = await bed.ok('root', 'workflow.get_run', { id });
    assert.deepEqual([tasks[0]?.kind, verdict.verdict], ['approval', 'awaiting_approval']);
    await bed.close();
  });

  test('says what is missing, each with its place', async () => {
    const bed = await open();
    const asked = { ...goal, requiredCapabilities: ['read', 'fly', 'swim'] };
    const outcome = await bed.operations.call('workflow.plan', asked, bed.as('root'));
    assert.ok(!outcome.ok && outcome.rejection.code === 'plan_impossible');
    const problems = outcome.rejection.details?.['problems'] as { code: string; path: string }[];
    assert.deepEqual(
      problems.map(({ code, path }) => [code, path]),
      [
        ['capability_missing', 'fly'],
        ['capability_missing', 'swim'],
      ],
    );
    assert.equal(await bed.no('root', 'workflow.plan', { ...goal, input: {} }), 'plan_impossible');
    assert.equal(
      await bed.no('root', 'workflow.plan', { ...goal, deadline: '2020-01-01T00:00:00Z' }),
      'plan_impossible',
    );
    assert.equal(await bed.no('root', 'workflow.plan', { ...goal, deadline: 'soon' }), 'request_invalid');
    assert.deepEqual((await bed.ok('root', 'plan.list', {})).rows, [], 'nothing is left of it');
    await bed.close();
  });

  test('finds also what participants have by name alone, of which there is no document', async () => {
    const bed = await Testbed.open(
      passport('agent', { kind: 'agent', capabilities: ['claim_reading', 'payment'] }),
    );
    const plan = await bed.ok('root', 'workflow.plan', { goal: 'claim reading for the new cases' });
    assert.deepEqual(
      plan.executionPlan.map(({ assignedTo, description }) => [assignedTo, description]),
      [['passport_agent', 'claim_reading']],
    );
    await bed.close();
  });

  test('that was guessed from words stays a draft until somebody starts it', async () => {
    const bed = await open();
    const { requiredCapabilities: _, ...words } = goal;
    const plan = await bed.ok('root', 'workflow.plan', { ...words, start: true });
    assert.deepEqual([plan.guessed, plan.status], [true, 'draft']);
    assert.match(plan.notices.join(), /guessed/);
    const started = await bed.ok('root', 'plan.start', { id: plan.id, digest: plan.digest });
    assert.equal(started.run?.status, 'running');
    await bed.close();
  });

  test('whose start was refused says so, and is started when nothing stands against it', async () => {
    const bed = await open();
    const { id } = await bed.ok('root', 'workflow.plan', goal);
    await bed.ok('root', 'organisation.emergency_stop', { reason: 'a leak' });
    assert.equal(await bed.no('root', 'plan.start', { id }), 'emergency_stop');
    const refused = await bed.ok('root', 'plan.get', { id });
    assert.deepEqual([refused.status, refused.run], ['started', null]);
    assert.match(refused.notices.join(), /has no run/);
    for (const who of ['root', 'operator'])
      await bed.ok(who, 'organisation.lift_emergency_stop', { reason: 'closed' });
    const started = await bed.ok('operator', 'plan.start', { id });
    assert.deepEqual([started.run?.status, started.notices], ['running', []]);
    await bed.close();
  });

  test('is listed on pages that end early where plans are large', async () => {
    const bed = await open();
    const input = { invoices: ['x'.repeat(3 * 1024 * 1024)] };
    for (let at = 0; at < 4; at += 1) await bed.ok('root', 'workflow.plan', { ...goal, input });
    const first = await bed.ok('root', 'plan.list', { limit: 1000 });
    const rest = await bed.ok('root', 'plan.list', { limit: 1000, cursor: first.next ?? 'none' });
    assert.deepEqual([first.rows.length, rest.rows.length, rest.next], [2, 2, null]);
    await bed.close();
  });

  test('is listed page by page', async () => {
    const bed = await open();
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) ids.push((await bed.ok('root', 'workflow.plan', goal)).id);
    const first = await bed.ok('root', 'plan.list', { limit: 2 });
    const rest = await bed.ok('root', 'plan.list', { limit: 2, cursor: first.next ?? '' });
    assert.deepEqual(
      [...first.rows, ...rest.rows].map(({ id }) => id),
      ids,
    );
    assert.equal(rest.next, null);
    await bed.close();
  });
});

describe('editing', () => {
  test('replaces the definition, with its digest, as long as nothing was started', async () => {
    const bed = await open();
    const plan = await bed.ok('root', 'workflow.plan', goal);
    const definition = {
      ...plan.definition,
      name: 'Another',
      phases: (plan.definition['phases'] as object[]).slice(0, 1),
      output: null,
    };
    const edited = await bed.ok('operator', 'plan.edit', {
      id: plan.id,
      definition: definition as never,
      revision: 1,
    });
    assert.notEqual(edited.digest, plan.digest);
    assert.deepEqual([edited.name, edited.editedBy, edited.revision], ['Another', operator.id, 2]);
    assert.deepEqual(
      edited.executionPlan.map(({ step, assignedTo }) => [step, assignedTo]),
      [['read.each', reader.id]],
    );
    assert.equal(edited.estimates.steps[0]?.items, 2);
    const change = { id: plan.id, definition: definition as never };
    assert.equal(await bed.no('root', 'plan.edit', { ...change, revision: 1 }), 'changed_meanwhile');
    assert.equal(await bed.no('root', 'plan.start', { id: plan.id, digest: plan.digest }), 'digest_mismatch');
    const started = await bed.ok('root', 'plan.start', { id: plan.id, digest: edited.digest });
    const run = await bed.ok('root', 'workflow.get_run', { id: started.run?.id ?? '' });
    assert.equal(run.definition.digest, edited.digest);
    assert.equal(await bed.no('root', 'plan.edit', change), 'plan_started');
    assert.deepEqual((await eventsOf(bed)).slice(0, 3), ['plan.created', 'plan.edited', 'definition.saved']);
    await bed.close();
  });

  test('may ask for other input, which the plan has to have before it is started', async () => {
    const bed = await open();
    const { id, definition } = await bed.ok('root', 'workflow.plan', goal);
    const input = { type: 'object', required: ['invoices', 'year'] };
    const change = { id, definition: { ...definition, input } as never };
    await bed.ok('root', 'plan.edit', change);
    assert.equal(await bed.no('root', 'plan.start', { id }), 'input_invalid');
    assert.equal((await bed.ok('root', 'plan.get', { id })).status, 'draft');
    await bed.ok('root', 'plan.edit', { ...change, input: { invoices: [], year: 2026 } });
    assert.equal((await bed.ok('root', 'plan.start', { id })).status, 'started');
    await bed.close();
  });

  test('checks the definition like any other', async () => {
    const bed = await open();
    const { id, definition } = await bed.ok('root', 'workflow.plan', goal);
    for (const wrong of [{ ...definition, phases: [] }, { ...definition, id: 'other' }, {}])
      assert.equal(await bed.no('root', 'plan.edit', { id, definition: wrong }), 'definition_invalid');
    assert.equal(await bed.no('root', 'plan.edit', { id: 'plan_none', definition }), 'plan_unknown');
    await bed.close();
  });
});

describe('templates', () => {
  test('are definitions with an input schema, started like any other with other input', async () => {
    const bed = await open();
    const plan = await bed.ok('root', 'workflow.plan', {
      ...goal,
      save: 'invoices',
      deadline: bed.clock.now() + 60_000,
    });
    assert.deepEqual([plan.template?.id, plan.template?.version], ['invoices', 1]);
    const { document } = await bed.ok('root', 'workflow.get_definition', { id: 'invoices' });
    assert.deepEqual(document['input'], {
      type: 'object',
      required: ['invoices'],
      properties: { invoices: { type: 'array', items: { type: 'string' } } },
    });
    assert.equal(document['limits'], undefined, 'the deadline was that of one plan');
    const start = (input: object): InputOf<'workflow.start'> => ({
      definition: 'invoices',
      input: input as never,
    });
    assert.equal(await bed.no('root', 'workflow.start', start({ invoices: [1] })), 'input_invalid');
    assert.equal((await bed.ok('root', 'workflow.start', start({ invoices: ['x'] }))).status, 'running');
    const again = await bed.ok('root', 'plan.save', { id: plan.id, definition: 'others' });
    assert.deepEqual([again.definition.id, again.definition.version], ['others', 1]);
    await bed.close();
  });
});

describe('what is repeated', () => {
  test('is not done over what others have done since, though the server has forgotten', async () => {
    const bed = await open();
    const { id, definition } = await bed.ok('root', 'workflow.plan', goal);
    const named = (name: string) => ({ id, definition: { ...definition, name } as never });
    const asked = { idempotencyKey: 'edit' };
    const first = await bed.ok('root', 'plan.edit', { ...named('Mine'), revision: 1 }, asked);
    const saved = await bed.ok('root', 'plan.save', { id, definition: 'kept' }, { idempotencyKey: 'save' });
    await bed.runtime.stop();
    const forgetful = new Testbed(bed.store);
    await forgetful.runtime.start();
    await forgetful.ok('operator', 'plan.edit', named('Theirs'));
    const others = { ...definition, id: 'kept', name: 'Theirs' } as never;
    await forgetful.ok('operator', 'workflow.save_definition', { document: others });
    const again = await forgetful.ok('root', 'plan.edit', { ...named('Mine'), revision: 1 }, asked);
    assert.deepEqual(again, first);
    assert.equal(await forgetful.no('root', 'plan.edit', named('Mine'), asked), 'idempotency_mismatch');
    assert.equal((await forgetful.ok('root', 'plan.get', { id })).name, 'Theirs');
    const kept = { id, definition: 'kept' };
    assert.deepEqual(await forgetful.ok('root', 'plan.save', kept, { idempotencyKey: 'save' }), saved);
    assert.equal((await forgetful.ok('root', 'workflow.get_definition', { id: 'kept' })).version, 2);
    await forgetful.close();
  });

  test('under one key makes one plan and one run, also by a server that has forgotten', async () => {
    const bed = await open();
    const asked = { idempotencyKey: 'once' };
    const first = await bed.ok('root', 'workflow.plan', { ...goal, start: true }, asked);
    const forgetful = new Testbed(bed.store);
    await bed.runtime.stop();
    await forgetful.runtime.start();
    assert.equal(await forgetful.no('root', 'workflow.plan', goal, asked), 'idempotency_mismatch');
    const second = await forgetful.ok('root', 'workflow.plan', { ...goal, start: true }, asked);
    assert.deepEqual(second, first);
    assert.equal((await forgetful.ok('root', 'workflow.list_runs', {})).rows.length, 1);
    await forgetful.close();
  });

  test('at the same moment starts one run', async () => {
    const bed = await open();
    const { id } = await bed.ok('root', 'workflow.plan', goal);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        bed.operations.call('plan.start', { id }, bed.as(at % 2 === 0 ? 'root' : 'operator')),
      ),
    );
    const codes = outcomes.map((outcome) => (outcome.ok ? 'started' : outcome.rejection.code));
    assert.ok(codes.includes('started'));
    assert.ok(
      codes.every((code) => ['started', 'plan_started', 'changed_meanwhile'].includes(code)),
      codes.join(),
    );
    const { rows } = await bed.ok('root', 'workflow.list_runs', {});
    assert.equal(rows.length, 1);
    await bed.close();
  });

  test('at the same moment on two nodes starts one run, and changes nothing that is started', async () => {
    const bed = await open();
    const other = new Testbed(bed.store);
    await other.runtime.start();
    for (let round = 0; round < 5; round += 1) {
      const { id, definition } = await bed.ok('root', 'workflow.plan', goal);
      const changed = { ...definition, name: 'Another' } as never;
      const [first, second, edited] = await Promise.all([
        bed.operations.call('plan.start', { id }, bed.as('root')),
        other.operations.call('plan.start', { id }, other.as('root')),
        other.operations.call('plan.edit', { id, definition: changed }, other.as('root')),
      ]);
      const codes = [first, second].map((outcome) => (outcome.ok ? 'started' : outcome.rejection.code));
      assert.ok(codes.includes('started'), codes.join());
      const { rows } = await bed.ok('root', 'workflow.list_runs', { definition: id });
      assert.equal(rows.length, 1);
      const plan = await bed.ok('root', 'plan.get', { id });
      assert.deepEqual([rows[0]?.definition.digest, edited.ok], [plan.digest, false]);
    }
    await other.runtime.stop();
    await bed.close();
  });

  test('started again by hand, its definition makes runs that are not those of the plan', async () => {
    const bed = await open();
    const { id, run } = await bed.ok('root', 'workflow.plan', { ...goal, start: true });
    await bed.ok('root', 'workflow.start', { definition: id, input: { invoices: [] } });
    assert.equal((await bed.ok('root', 'plan.get', { id })).run?.id, run?.id);
    await bed.close();
  });

  test('a start that was cut off goes on where it was, and once, whoever goes on', async () => {
    const bed = await open();
    const { id } = await bed.ok('root', 'workflow.plan', goal);
    const { runs } = bed.runtime;
    const { execute } = runs;
    runs.execute = () => Promise.reject(new Error('the process ended'));
    await assert.rejects(bed.operations.call('plan.start', { id }, bed.as('root')));
    runs.execute = execute;
    const cut = await bed.ok('root', 'plan.get', { id });
    assert.deepEqual([cut.status, cut.run], ['started', null]);
    const other = new Testbed(bed.store);
    await other.runtime.start();
    const on = await Promise.all([
      bed.ok('operator', 'plan.start', { id }),
      other.ok('root', 'plan.start', { id }),
    ]);
    assert.deepEqual(
      on.map(({ run }) => run?.status),
      ['running', 'running'],
    );
    assert.equal((await bed.ok('root', 'workflow.list_runs', {})).rows.length, 1);
    await other.runtime.stop();
    await bed.close();
  });
});
