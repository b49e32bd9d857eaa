import type { Graph, JsonObject } from '../../src/definition/index.ts';
import type { StartRun } from '../../src/engine/index.ts';
import { readProfile, type PolicySet } from '../../src/policy/index.ts';
import { RunBoundaries, type Policies } from '../../src/runtime/policies/index.ts';
import { actor, graphOf, MONDAY, Play, record, task } from '../engine-kit/index.ts';
import { policies } from '../policy-kit/index.ts';

const HOUR = 3_600_000;

const HOLDING: JsonObject = { autonomy: 'aggressive', approval: { from: 'role:boss' } };

/** What policies say in a run of this graph. */
function bounded(run: Play, graph: Graph, set: PolicySet, candidates: readonly string[]): void {
  const read = readProfile(HOLDING, 0);
  if (!read.ok) throw new Error('no profile');
  const holds = { number: 1, set, profile: read.profile };
  run.routing = {
    boundaries: new RunBoundaries({
      policies: {
        number: 1,
        emergencyStop: { state: 'off' },
        inForce: () => holds,
        grants: { standing: () => [], spend: () => null },
      } as unknown as Policies,
      graph,
      now: MONDAY,
      find: () => null,
      candidates: () => candidates,
      write: () => {},
    }),
  };
}

/** A run in which work is given out when that has been approved. */
export const approvedWork = (): Play => {
  const graph = graphOf([{ id: 'a', steps: { work: task({}) } }]);
  const agents = { id: 'agents', on: 'task.assign', effect: 'require_approval', from: 'role:boss' };
  const run = new Play(graph);
  bounded(run, graph, policies(agents), ['passport_agent']);
  run.begin();
  const asked = run.task('a.work');
  const subject = asked.approval?.subject ?? '';
  const boss = actor('passport_bo', 'passport_bo');
  run.do({ type: 'task.decide', task: asked.id, outcome: 'approve', subject }, boss);
  const { task: id, token } = run.take(run.task('a.work'), 'passport_agent');
  run.do({ type: 'task.complete', task: id, token, output: 1 }, actor('passport_agent', 'passport_anna'));
  return run;
};

/** A run whose result two approvals are asked of, and which counts after both. */
export const approvedResult = (): Play => {
  const graph = graphOf([{ id: 'a', steps: { work: task({}) } }]);
  const asks = { on: 'task.complete', effect: 'require_approval', from: 'role:boss' };
  const run = new Play(graph);
  bounded(run, graph, policies({ ...asks, id: 'first' }, { ...asks, id: 'then', from: 'role:clerk' }), []);
  run.begin();
  const { task: id, token } = run.take(run.task('a.work'), 'passport_agent');
  run.do({ type: 'task.complete', task: id, token, output: 1 }, actor('passport_agent', 'passport_anna'));
  for (const who of ['passport_bo', 'passport_cleo']) {
    const { id: asked, approval } = run.task('a.work');
    const decision = { outcome: 'approve', subject: approval?.subject ?? '' } as const;
    run.do({ type: 'task.decide', task: asked, ...decision }, actor(who, who));
  }
  return run;
};

/** A run that is held to policies: its start, calls of tools, and a write. */
export const boundedByPolicies = (): Play => {
  const set = policies(
    {
      id: 'launch',
      on: 'run.start',
      effect: 'require_approval',
      from: 'role:boss',
      within: '1h',
      escalate: ['role:owner'],
    },
    {
      id: 'refunds',
      on: 'tool.call',
      when: 'tool.name == "refund"',
      effect: 'require_approval',
      from: 'role:clerk',
      within: '1h',
    },
    { id: 'never', on: 'tool.call', when: 'tool.name == "wipe"', effect: 'deny' },
    { id: 'posts', on: 'record.write', effect: 'require_approval', from: 'role:boss' },
  );
  const graph = graphOf([
    { id: 'a', steps: { work: task({}) } },
    { id: 'b', needs: ['a'], steps: { write: record({}) } },
  ]);
  const run = new Play(graph);
  bounded(run, graph, set, []);
  run.begin({} satisfies Partial<StartRun>);
  run.pass(HOUR);
  run.do({ type: 'approve', as: ['role:boss'] }, actor('passport_bo', 'passport_bo'));
  const work = run.task('a.work');
  const held = run.take(work, 'passport_agent');
  const token = held.token;
  const agent = actor('passport_agent', 'passport_anna');
  const ask = (call: string, tool: string, amount: number): void => {
    const wanted = { call, tool, class: 'consequential' as const, arguments: { amount } };
    run.do({ type: 'tool.request', task: work.id, token, ...wanted }, agent);
  };
  const decide = (id: string, outcome: 'approve' | 'reject'): void => {
    const subject = run.current.tasks[id]?.approval?.subject ?? '';
    run.do({ type: 'task.decide', task: id, outcome, subject }, actor('passport_bo', 'passport_bo'));
  };
  ask('1', 'refund', 1);
  ask('2', 'refund', 2);
  ask('3', 'refund', 3);
  ask('4', 'wipe', 4);
  const [first = '', second = '', third = ''] = Object.keys(run.current.boundaries?.asked ?? {});
  decide(first, 'approve');
  decide(second, 'reject');
  const call = run.current.boundaries?.calls[work.id] ?? {};
  const [used] = Object.values(call);
  const request = used?.id ?? '';
  const digest = used?.digest ?? '';
  run.do({ type: 'tool.use', task: work.id, token, request, digest }, agent);
  const problem = { code: 'unreachable', message: 'gone', effect: 'none' } as const;
  run.do({ type: 'tool.failed', task: work.id, token, request, ...problem }, agent);
  run.do({ type: 'tool.use', task: work.id, token, request, digest }, agent);
  run.do({ type: 'tool.done', task: work.id, token, request, result: { ok: true } }, agent);
  run.pass(HOUR);
  if (Object.hasOwn(run.current.tasks, third)) throw new Error('its time is over');
  ask('5', 'refund', 5);
  run.do({ type: 'task.complete', task: work.id, token, output: 'done' }, agent);
  decide(run.task('b.write').id, 'approve');
  return run;
};
