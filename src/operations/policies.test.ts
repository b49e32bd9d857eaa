/** Policies as the organisation keeps them, and what they do at each point of the work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { JsonObject } from '../definition/index.ts';
import { FACTS, TOOL_CLASSES } from '../policy/index.ts';
import { POINT_NAMES } from './schema/words.ts';
import { TOOL_CLASS_NAMES } from './schema/tools.ts';

const officer = passport('officer', { roles: ['compliance'] });
const boss = passport('boss', { roles: ['boss'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };

const open = (...more: ReturnType<typeof passport>[]): Promise<Testbed> =>
  Testbed.open(officer, boss, robot, ...more);

test('names of points and classes are those of the core', () => {
  assert.deepEqual([...POINT_NAMES], Object.keys(FACTS));
  assert.deepEqual([...TOOL_CLASS_NAMES], [...TOOL_CLASSES]);
});

interface Created {
  readonly payload: { readonly launch?: { readonly reasons: readonly string[] } };
}
interface WithRuling {
  readonly payload: { readonly ruled: { readonly facts: object } };
}

const NO_READS = { id: 'no-reads', on: 'run.start', effect: 'deny', reason: 'Not now.' };

test('a policy holds when another person has approved exactly it, and not before', async () => {
  const bed = await open();
  const { change } = await bed.ok('root', 'policy.propose', { policy: NO_READS });
  await bed.start(READ);
  assert.equal(
    await bed.no('root', 'policy.approve', { id: change.id, digest: change.digest }),
    'separation_of_duties',
  );
  assert.equal(
    await bed.no('officer', 'policy.approve', { id: change.id, digest: '0'.repeat(64) }),
    'approval_stale',
  );
  assert.equal(await bed.no('boss', 'policy.approve', { id: change.id, digest: change.digest }), 'forbidden');
  await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest });
  const definition = await bed.define(READ);
  assert.equal(await bed.no('root', 'workflow.start', { definition }), 'policy_denied');
  assert.equal(
    await bed.no('officer', 'policy.approve', { id: change.id, digest: change.digest }),
    'already_decided',
  );
  const { policies, set } = await bed.ok('root', 'policy.list', {});
  assert.deepEqual(
    [policies.map(({ name, version }) => [name, version]), set.number],
    [[['no-reads', 1]], 1],
  );
  const retire = await bed.ok('officer', 'policy.propose', { retire: 'no-reads' });
  await bed.ok('root', 'policy.approve', { id: retire.change.id, digest: retire.change.digest });
  await bed.ok('root', 'workflow.start', { definition });
  const { changes } = await bed.ok('root', 'policy.history', { name: 'no-reads' });
  assert.deepEqual(
    changes.map(({ status }) => status),
    ['retired', 'active'],
  );
  await bed.close();
});

test('a policy that cannot be read is not proposed, and what is proposed can be rejected and taken back', async () => {
  const bed = await open();
  const wrong = { id: 'x', on: 'run.start', effect: 'deny', when: 'nobody.is == 1' };
  assert.equal(await bed.no('root', 'policy.propose', { policy: wrong }), 'policy_invalid');
  assert.equal(await bed.no('root', 'policy.propose', { retire: 'nothing' }), 'policy_unknown');
  const { change } = await bed.ok('root', 'policy.propose', { policy: NO_READS });
  assert.equal(await bed.no('officer', 'policy.withdraw', { id: change.id }), 'forbidden');
  await bed.ok('officer', 'policy.reject', { id: change.id, reason: 'no' });
  assert.equal(await bed.no('root', 'policy.withdraw', { id: change.id }), 'already_decided');
  await bed.close();
});

test('a policy ends in the version in force, whatever else was proposed; a newer one is not ended with it', async () => {
  const bed = await open();
  const active = async () => (await bed.ok('root', 'policy.list', {})).policies.map(({ version }) => version);
  await bed.adopt({ policy: NO_READS });
  const other = await bed.ok('root', 'policy.propose', { policy: NO_READS });
  await bed.ok('officer', 'policy.reject', { id: other.change.id });
  const { change: third } = await bed.ok('root', 'policy.propose', { policy: NO_READS });
  assert.equal((await bed.adopt({ retire: 'no-reads' })).version, 1);
  assert.deepEqual(await active(), []);
  await bed.ok('officer', 'policy.approve', { id: third.id, digest: third.digest });
  const { change: end } = await bed.ok('root', 'policy.propose', { retire: 'no-reads' });
  await bed.adopt({ policy: NO_READS });
  assert.equal(
    await bed.no('officer', 'policy.approve', { id: end.id, digest: end.digest }),
    'approval_stale',
  );
  assert.deepEqual([end.version, await active()], [3, [4]]);
  await bed.close();
});

test('one human alone adopts the profile, and no policy', async () => {
  const bed = await Testbed.open();
  const profile = { autonomy: 'balanced', approval: { from: 'role:administrator' } };
  const { change } = await bed.ok('root', 'policy.propose', { profile: profile });
  const { change: adopted } = await bed.ok('root', 'policy.approve', {
    id: change.id,
    digest: change.digest,
  });
  assert.deepEqual([adopted.status, adopted.alone], ['active', true]);
  assert.equal((await bed.ok('root', 'policy.list', {})).autonomy, 'balanced');
  const other = await bed.ok('root', 'policy.propose', { policy: NO_READS });
  const { id, digest } = other.change;
  assert.equal(await bed.no('root', 'policy.approve', { id, digest }), 'separation_of_duties');
  await bed.add(boss);
  const again = await bed.ok('root', 'policy.propose', {
    profile: { ...profile, autonomy: 'paranoid' },
  });
  assert.equal(
    await bed.no('root', 'policy.approve', { id: again.change.id, digest: again.change.digest }),
    'separation_of_duties',
  );
  await bed.close();
});

test('a run keeps the policies that it began with, unless the approval says that it does not', async () => {
  const bed = await open();
  const early = await bed.start(READ);
  const POLICY = { id: 'not-robots', on: 'task.start', effect: 'deny', when: 'participant.kind == "agent"' };
  await bed.adopt({ policy: POLICY });
  const { task } = await bed.ok('robot', 'task.claim_next', {});
  assert.equal(task?.run, early);
  await bed.ok('robot', 'task.release', { id: task?.id ?? '', token: task?.token ?? 0 });
  await bed.adopt({ policy: { ...POLICY, reason: 'None at all.' } }, 'running');
  assert.equal((await bed.ok('robot', 'task.claim_next', {})).task, null);
  assert.equal(await bed.no('robot', 'task.claim', { id: task?.id ?? '' }), 'policy_denied');
  await bed.close();
});

test('a start that needs an approval waits for those whom the policy names, with the codes of the reasons', async () => {
  const bed = await open();
  await bed.adopt({
    policy: {
      id: 'ask-the-boss',
      on: 'run.start',
      effect: 'require_approval',
      from: 'role:boss',
      within: '2h',
      escalate: ['role:compliance'],
      reasonRequired: true,
    },
  });
  const run = await bed.start(READ);
  const waiting = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.deepEqual([waiting.status, waiting.verdict.verdict], ['pending_approval', 'awaiting_approval']);
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const created = events[0]?.payload as { launch: { reasons: string[] }; ruled: { authority: object } };
  assert.deepEqual(created.launch.reasons, ['ask-the-boss']);
  assert.deepEqual(created.ruled.authority, { kind: 'policy', id: 'ask-the-boss', version: '1' });
  assert.equal(await bed.no('root', 'workflow.approve', { id: run, reason: 'mine' }), 'separation_of_duties');
  assert.equal(await bed.no('officer', 'workflow.approve', { id: run, reason: 'fine' }), 'not_eligible');
  assert.equal(await bed.no('boss', 'workflow.approve', { id: run }), 'reason_required');
  bed.clock.move(2 * 3_600_000);
  await settled(bed, run, ({ length }) => length > 1);
  await bed.ok('officer', 'workflow.approve', { id: run, reason: 'fine' });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'running');
  const late = await bed.start(READ);
  bed.clock.move(2 * 3_600_000);
  await settled(bed, late, ({ length }) => length > 1);
  bed.clock.move(2 * 3_600_000);
  await settled(bed, late, (found) => found.some(({ type }) => type === 'run.rejected'));
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: late })).failure?.code, 'approval_expired');
  await bed.close();
});

/** What happens in the background is there as soon as it is written. */
async function settled(
  bed: Testbed,
  id: string,
  isSo: (events: readonly { readonly type: string }[]) => boolean,
): Promise<void> {
  for (;;) {
    const heard = new Promise<void>((resolve) => {
      const end = bed.runtime.feed.subscribe(() => (end(), resolve()));
    });
    const { events } = await bed.ok('root', 'run.events', { id });
    if (isSo(events)) return;
    await heard;
  }
}

test('caps of policies hold under those of the definition', async () => {
  const bed = await open();
  const cost = { amount: 1, currency: 'USD' };
  await bed.adopt({ policy: { id: 'caps', on: 'run.start', effect: 'limit', tasks: 3, cost } });
  const run = await bed.start(READ);
  const { limits } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.deepEqual([limits.tasks, limits.cost], [3, cost]);
  await bed.close();
});

test('the profile asks for a launch approval with a code for each reason, and not for what is small and safe', async () => {
  const bed = await open();
  const profile = { autonomy: 'balanced', approval: { from: 'role:compliance' } };
  const { change } = await bed.ok('root', 'policy.propose', { profile: profile });
  await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest });
  const document = (id: string, safety: string, forEach?: string) => ({
    id,
    safety,
    phases: [{ id: 'p', steps: [{ ...READ, ...(forEach && { forEach }) }] }],
  });
  const launch = async (made: JsonObject) => {
    const saved = await bed.ok('root', 'workflow.save_definition', { document: made });
    const { id } = await bed.ok('root', 'workflow.start', {
      definition: saved.definition.id,
      input: { list: [1, 2, 3, 4, 5, 6, 7, 8] },
    });
    const { events } = await bed.ok('root', 'run.events', { id });
    return (events[0] as unknown as Created).payload.launch?.reasons ?? null;
  };
  assert.equal(await launch(document('small', 'read_only')), null);
  assert.deepEqual(await launch(document('writes', 'reversible')), ['non_read_only']);
  assert.deepEqual(await launch(document('many', 'read_only', '${ input.list }')), [
    'high_concurrency',
    'high_task_count',
  ]);
  await bed.close();
});

test('who may not do a task by policy does not get it, and where all have to leave it to people, people do', async () => {
  const bed = await open(passport('other', { kind: 'agent', capabilities: ['read'] }));
  const when = 'candidate.id == "passport_robot"';
  await bed.adopt({ policy: { id: 'not-robot', on: 'task.assign', effect: 'deny', when } });
  const run = await bed.start(READ);
  assert.equal((await bed.ok('robot', 'task.claim_next', {})).task, null);
  const { task } = await bed.ok('other', 'task.claim_next', {});
  assert.equal(task?.run, run);
  await bed.adopt({
    policy: {
      id: 'people-only',
      on: 'task.assign',
      effect: 'route_to_human',
      to: 'role:boss',
      when: 'candidate.kind == "agent" && candidate.id != "passport_robot"',
    },
  });
  const second = await bed.start(READ);
  const found = await bed.taskOf(second);
  assert.deepEqual([found.kind, found.by, found.from], ['escalation', 'human', ['role:boss']]);
  await bed.ok('boss', 'task.start', { id: found.id });
  await bed.ok('boss', 'task.complete', { id: found.id, output: 1 });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: second })).status, 'completed');
  await bed.close();
});

test('a result that is less sure than a policy asks goes to people, and theirs stands', async () => {
  const bed = await open();
  const sure = { id: 'sure', on: 'task.complete', effect: 'route_to_human', confidenceBelow: 0.9 };
  await bed.adopt({ policy: { ...sure, to: 'role:boss' } });
  const run = await bed.start(READ);
  const { task } = await bed.ok('robot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  await bed.ok('robot', 'task.complete', { ...held, output: 1, confidence: 0.8 });
  const review = await bed.taskOf(run);
  assert.deepEqual([review.kind, review.from], ['escalation', ['role:boss']]);
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const completed = events.find(({ type }) => type === 'task.completed');
  assert.deepEqual((completed as unknown as WithRuling).payload.ruled.facts, {
    confidence: 0.8,
    participant: { kind: 'agent' },
  });
  await bed.ok('boss', 'task.start', { id: review.id });
  await bed.ok('boss', 'task.complete', { id: review.id, output: 2 });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).status, 'completed');
  await bed.close();
});

const WRITE = {
  id: 'w',
  record: { system: 'erp', operation: 'post', input: { amount: '${ input.amount }' } },
};
const erp = passport('erp', { kind: 'system', groups: [], roles: [] });

const startWrite = async (bed: Testbed, amount: number, more: object = {}): Promise<string> => {
  const definition = await bed.define({ ...WRITE, ...more });
  return (await bed.ok('root', 'workflow.start', { definition, input: { amount } })).id;
};

test('a write waits for the approval of exactly what is written; a no fails it, and a denial is no write at all', async () => {
  const bed = await open(erp);
  await bed.adopt({
    policy: {
      id: 'big',
      on: 'record.write',
      effect: 'require_approval',
      from: 'role:boss',
      when: 'input.amount > 100',
    },
  });
  const huge = { id: 'huge', on: 'record.write', effect: 'deny', when: 'input.amount > 1000' };
  await bed.adopt({ policy: { ...huge, code: 'too_big' } });
  const small = await bed.taskOf(await startWrite(bed, 50));
  assert.equal(small.kind, 'record');
  const run = await startWrite(bed, 500);
  const asked = await bed.taskOf(run);
  assert.deepEqual([asked.kind, asked.from], ['approval', ['role:boss']]);
  const shown = asked.input as { input: object; consequence: object };
  assert.deepEqual(shown.input, { amount: 500 });
  const subject = asked.approval?.subject ?? '';
  await bed.ok('boss', 'task.decide', { id: asked.id, outcome: 'approve', subject });
  assert.equal((await bed.taskOf(run)).kind, 'record');
  const { events: told } = await bed.ok('root', 'run.events', { id: run });
  const { authority } = told.findLast(({ type }) => type === 'task.created')!;
  assert.deepEqual([authority.kind, authority.id], ['approval', asked.id], 'it is written on that approval');
  const rejected = await startWrite(bed, 600);
  const second = await bed.taskOf(rejected);
  await bed.ok('boss', 'task.decide', {
    id: second.id,
    outcome: 'reject',
    subject: second.approval?.subject ?? '',
    reason: 'no',
  });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: rejected })).failure?.code, 'rejected');
  const denied = await bed.ok('root', 'workflow.get_run', { id: await startWrite(bed, 5000) });
  assert.deepEqual([denied.status, denied.failure?.code], ['failed', 'denied_by_policy']);
  const { events } = await bed.ok('root', 'run.events', { id: denied.id });
  const failed = events.find(({ type }) => type === 'slot.failed');
  assert.deepEqual(failed?.authority, { kind: 'policy', id: 'huge', version: '1' });
  await bed.close();
});

test('what would apply is told, of each policy, also for acts that nobody has made', async () => {
  const bed = await open();
  await bed.adopt({
    policy: {
      id: 'refunds',
      on: 'tool.call',
      effect: 'require_approval',
      from: 'role:boss',
      when: 'tool.name == "refund" && arguments.amount > 100',
    },
  });
  const asked = { tool: { name: 'refund' }, arguments: { amount: 500 }, agent: 'passport_robot' };
  const found = await bed.ok('root', 'policy.effective', { point: 'tool.call', facts: asked });
  assert.equal(found.ruling.verdict, 'require_approval');
  assert.deepEqual((found.policies[0] as { why: string }).why, 'when_true');
  assert.equal((found.facts['agent'] as { kind: string }).kind, 'agent');
  assert.equal(
    await bed.no('root', 'policy.effective', { point: 'delegate', facts: { tool: 1 } }),
    'request_invalid',
  );
  await bed.close();
});

test('a set is tried on what runs have done, against what is in force', async () => {
  const bed = await open();
  const run = await bed.start(READ);
  const { task } = await bed.ok('robot', 'task.claim_next', {});
  await bed.ok('robot', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output: 7 });
  const tried = { id: 'sevens', on: 'task.complete', effect: 'deny', when: 'output == 7' };
  const found = await bed.ok('root', 'policy.simulate', { policies: [tried as never], runs: [run] });
  assert.equal(found.situations, 4);
  assert.deepEqual(
    found.differences.map(({ point, change, after }) => [point, change, after.verdict]),
    [['task.complete', 'stricter', 'deny']],
  );
  await bed.close();
});

test('policies, changes and what runs keep survive a restart', async () => {
  const bed = await open();
  await bed.adopt({ policy: NO_READS });
  await bed.runtime.stop();
  const next = new Testbed(bed.store);
  await next.runtime.start();
  assert.equal(
    await next.no('root', 'workflow.start', { definition: await next.define(READ) }),
    'policy_denied',
  );
  await next.close();
});

test('who has to approve a change finds it, and nobody else', async () => {
  const bed = await open();
  const policy = { id: 'closed', on: 'run.start', effect: 'deny' };
  const { change } = await bed.ok('root', 'policy.propose', { policy });
  const found = async (who: string) =>
    (await bed.ok(who, 'policy.list', { awaits: 'me' })).proposed.map(({ id }) => id);
  const all = () => Promise.all(['officer', 'root', 'boss'].map(found));
  assert.deepEqual(await all(), [[change.id], [], []]);
  assert.equal((await bed.ok('boss', 'policy.list', {})).proposed.length, 1);
  await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest });
  assert.deepEqual(await all(), [[], [], []]);
  await bed.close();
});
