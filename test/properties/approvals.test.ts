import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ApprovalNode, Graph, SendBack } from '../../src/definition/graph.ts';
import type { JsonObject } from '../../src/definition/json.ts';
import type { Attribution, Event, DecisionOutcome, Task } from '../../src/engine/index.ts';
import { approval, expression, graphOf, Play, record, task } from '../engine-kit/index.ts';
import { holds } from './settings.ts';

/**
 * Approvals under any history of people, their agents, delegations and rounds.
 *
 * APPROVALS-1  Nobody approves what they, someone they act for, or an agent they own made (promise 5).
 * APPROVALS-2  Approving never increases the number of approvals that are asked for, of those that were within reach (promise 7).
 * APPROVALS-3  What is written has been approved as it is by as many as the step asks, each of whom saw exactly that (promise 4).
 */
const PEOPLE = ['ann', 'bo', 'cy', 'di', 'ed', 'fay', 'gus', 'hal'] as const;
const AGENTS = ['agent_1', 'agent_2'] as const;
type Actor = (typeof PEOPLE)[number] | (typeof AGENTS)[number];

interface Act {
  readonly who: Actor;
  /** Lets `who` act for them. */
  readonly by: (typeof PEOPLE)[number] | null;
  readonly act: 'work' | 'decide' | 'transfer' | 'write' | 'fail';
  readonly outcome: DecisionOutcome;
  readonly pick: number;
  readonly stale: boolean;
}

const actor = fc.constantFrom<Actor>(...PEOPLE, ...AGENTS);
const acts = fc.array(
  fc.record<Act>({
    who: actor,
    by: fc.oneof(
      { arbitrary: fc.constant(null), weight: 4 },
      { arbitrary: fc.constantFrom(...PEOPLE), weight: 1 },
    ),
    act: fc.constantFrom(
      'work',
      'work',
      'decide',
      'decide',
      'decide',
      'decide',
      'decide',
      'decide',
      'transfer',
      'write',
      'fail',
    ),
    outcome: fc.constantFrom(
      'approve',
      'approve',
      'approve',
      'approve_with_changes',
      'request_changes',
      'reject',
      'abstain',
    ),
    pick: fc.nat({ max: 20 }),
    stale: fc.integer({ min: 0, max: 5 }).map((how) => how === 0),
  }),
  { maxLength: 60, size: 'max' },
);
const options = fc.record({
  quorum: fc.oneof<fc.Arbitrary<ApprovalNode['quorum']>[]>(
    fc.integer({ min: 1, max: 3 }),
    fc.constant('all'),
  ),
  veto: fc.boolean(),
  keeps: fc.boolean(),
  chain: fc.boolean(),
  known: fc.boolean(),
});
type Options = typeof options extends fc.Arbitrary<infer Value> ? Value : never;

const back: SendBack = { redo: 0, max: 4, others: false };
const made = expression(({ phases }) => phases['make']?.['it']?.output ?? null, ['make.it']);
const approved = expression(
  ({ phases }) => (phases['agree']?.['one']?.output as JsonObject | null)?.['subject'] ?? null,
  ['agree.one'],
);
const graphFrom = ({ quorum, veto, keeps, chain }: Options): Graph => {
  const asked = {
    quorum,
    veto,
    keeps,
    subject: made,
    onReject: back,
    onChanges: back,
    chain: chain
      ? [
          { from: ['group:first'], quorum: 1, if: null },
          { from: ['group:second'], quorum, if: null },
        ]
      : [],
  };
  return graphOf([
    { id: 'make', steps: { it: task({ by: null }), beside: task({ by: null }) } },
    { id: 'agree', needs: ['make'], steps: { one: approval(asked), two: approval(asked) } },
    {
      id: 'write',
      needs: ['agree'],
      steps: { it: record({ input: approved, approvedBy: 'agree.one', retry: { attempts: 3 } }) },
    },
    { id: 'after', needs: ['write'], steps: { agree: approval({ subject: made }) } },
  ]);
};

/** Who owns which agent, and who has a part in what was made: kept beside the engine, from what was asked and accepted. */
class World {
  readonly owners = new Map<string, string>([
    ['agent_1', 'ann'],
    ['agent_2', 'bo'],
  ]);
  readonly makers = new Set<string>();

  attribution({ who, by }: Act): Attribution {
    const human = this.owners.get(who) ?? who;
    if (by === null || by === who)
      return { actor: who, onBehalfOf: human, authority: { kind: 'role', id: 'any' } };
    const chain = [{ delegation: 'd', from: by, to: who, accountable: human }];
    return { actor: who, onBehalfOf: by, authority: { kind: 'delegation', id: 'd', version: '1', chain } };
  }

  made({ actor: who, onBehalfOf, authority }: Attribution): void {
    for (const one of [
      who,
      onBehalfOf,
      ...(authority.chain ?? []).flatMap(({ from, to, accountable }) => [from, to, accountable]),
    ])
      if (one !== null) this.makers.add(one);
  }

  /** APPROVALS-1 */
  mayApprove({ actor: who, onBehalfOf, authority }: Attribution): void {
    const speaking = [who, onBehalfOf, ...(authority.chain ?? []).map(({ from }) => from)];
    for (const maker of this.makers) {
      assert.ok(!speaking.includes(maker), `${who} approved what ${maker} made`);
      assert.ok(
        !speaking.includes(this.owners.get(maker) ?? ''),
        `${who} approved what their agent ${maker} made`,
      );
    }
  }
}

const choose = <Value>(values: readonly Value[], pick: number): Value | undefined =>
  values[pick % values.length];

const decide = (run: Play, world: World, asked: Act, said: Map<string, string>): void => {
  const open = choose(
    run.open.filter(({ kind }) => kind === 'approval'),
    asked.pick,
  );
  if (!open?.approval) return;
  const { step } = open;
  const digest = asked.stale ? (said.get(step) ?? '') : open.approval.subject;
  said.set(step, open.approval.subject);
  const by = world.attribution(asked);
  const shown = open.approval.subject;
  const before = run.current.open.approvals;
  const outcome = AGENTS.includes(asked.who as 'agent_1') ? 'abstain' : asked.outcome;
  const changes = outcome === 'approve_with_changes' ? { changes: { made: asked.pick } } : {};
  const answer = run.try(
    { type: 'task.decide', task: open.id, outcome, subject: digest, reason: 'so', ...changes },
    by,
  );
  if (!answer.ok) return;
  assert.equal(digest, shown, 'a stale decision is refused');
  if (outcome === 'approve' || outcome === 'approve_with_changes') {
    world.mayApprove(by);
    const opened = answer.events.filter(
      (event) => event.type === 'task.created' && event.data.kind === 'approval',
    );
    const within = opened.filter((event) => (event.data as { step: string }).step !== 'after.agree');
    assert.deepEqual(within, [], 'APPROVALS-2');
    assert.ok(run.current.open.approvals - opened.length <= before, 'APPROVALS-2');
  }
  if (outcome === 'approve_with_changes') world.made(by);
};

const complete = (run: Play, world: World, asked: Act, kind: Task['kind']): void => {
  const open = choose(
    run.open.filter((one) => one.kind === kind),
    asked.pick,
  );
  if (!open) return;
  const by = world.attribution(asked);
  run.try({ type: 'task.start', task: open.id, assignee: asked.who }, by);
  const held = { task: open.id, token: open.token };
  if (asked.act === 'fail') run.try({ type: 'task.fail', ...held, code: 'broke', message: 'it broke' }, by);
  else if (run.try({ type: 'task.complete', ...held, output: { made: asked.pick } }, by).ok) world.made(by);
};

/** APPROVALS-3, from the events alone. */
const checkWritten = (run: Play, events: readonly Event[], needed: number | null): void => {
  const written = events.findLast((event) => event.type === 'task.created' && event.data.kind === 'record');
  if (written?.type !== 'task.created') return;
  const { input } = written.data.input as { input: unknown };
  const digest = run.step('agree.one').approved[0]?.digest;
  const decisions = events.flatMap((event) => (event.type === 'task.decided' ? [event.data] : []));
  const settling = decisions.findLast(({ task: id, settles }) => settles && id.includes(':agree.one:'));
  assert.ok(settling?.settles, 'nothing is written without a decision');
  assert.match(settling.settles.status, /^approved/, 'nothing is written without an approval');
  const output = settling.settles.output as unknown as { subject: unknown; digest: string };
  assert.deepEqual(output.subject, input, 'what is written is what was approved');
  assert.equal(output.digest, digest);
  assert.deepEqual(
    written.by.authority,
    { kind: 'approval', id: settling.task, version: digest },
    'it names what it rests on',
  );
  const saw = new Set(
    decisions
      .filter(
        ({ task: id, decision }) => id === settling.task && (decision.changed ?? decision.subject) === digest,
      )
      .filter(({ decision }) => decision.outcome.startsWith('approve'))
      .map(({ decision }) => decision.participant),
  );
  if (needed !== null)
    assert.ok(saw.size >= needed, `${saw.size} of ${needed} approved exactly what is written`);
};

test('nobody approves their own work, approving adds no approvals, and nothing stale lets anything through', (t) => {
  holds(t, 400, fc.record({ options, acts }), (random) => {
    const { quorum, keeps, chain, known } = random.options;
    const world = new World();
    const run = new Play(graphFrom(random.options));
    run.routing = {
      accountable: (id) => world.owners.get(id) ?? null,
      ...(known && { people: () => PEOPLE }),
    };
    run.begin();
    const said = new Map<string, string>();
    for (const asked of random.acts) {
      if (asked.act === 'transfer')
        world.owners.set(AGENTS[asked.pick % 2] as string, PEOPLE[asked.pick % 8] as string);
      else if (asked.act === 'decide') decide(run, world, asked, said);
      else complete(run, world, asked, asked.act === 'work' ? 'task' : 'record');
      const least = quorum === 'all' ? 1 : quorum + (chain ? 1 : 0);
      checkWritten(run, run.events, keeps ? null : least);
    }
  });
});
