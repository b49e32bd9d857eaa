import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DeadlineNode } from '../../definition/graph.ts';
import { actor, approval, play, sequenceOf, task, type Play } from '../../../test/engine-kit/index.ts';
import { approvalsNow, hasSpoken } from './terms.ts';
import type { Task } from '../state.ts';

/** Whom an approval asks for how many voices, once it has gone to others (TERMS-2), and when that is out of reach (DECIDE-4). */

const ROLES: Record<string, readonly string[]> = {
  'role:many': ['n1', 'n2', 'n3'],
  'role:one': ['n4'],
  'role:none': [],
};
const people = (parties: readonly string[]): readonly string[] => [
  ...new Set(parties.flatMap((party) => ROLES[party] ?? [party])),
];
type Options = Parameters<typeof approval>[0] & { later?: readonly Pick<DeadlineNode, 'then' | 'to'>[] };

/** An approval that goes to others, one deadline after the other, each a second later. `doer` contributed. */
const asking = ({ later = [], ...options }: Options, doer = 'passport_agent'): Play => {
  const within = (at: number) => ({ ms: (at + 1) * 1000, working: false });
  const deadlines = later.map((one, at) => ({
    on: 'completion' as const,
    within: within(at),
    remind: [],
    pauses: false,
    ...one,
  }));
  const run = play(sequenceOf([task(), approval({ ...options, deadlines })]));
  run.routing = { people };
  run.complete(run.task('a.do'), null, doer);
  return run;
};
const say = (run: Play, who: string, outcome: 'approve' | 'approve_with_changes' | 'abstain'): boolean => {
  const { id, from, approval: asked } = run.task('b.do');
  const as = from.filter((party) => people([party]).includes(who));
  const changes = outcome === 'approve_with_changes' ? { changes: `by ${who}` } : {};
  const subject = asked?.subject ?? '';
  return run.try({ type: 'task.decide', task: id, outcome, subject, as, ...changes }, actor(who)).ok;
};
const quorum = (run: Play): number | undefined => run.task('b.do').approval?.quorum;

test('whoever is asked once more is one voice, and their yes completes what it was to complete', () => {
  const to = ['cfo'];
  const [first, second] = [{ then: 'reassign', to } as const, { then: 'escalate', to } as const];
  for (const run of [
    asking({ quorum: 2, later: [first], within: 2000, escalate: to }),
    asking({ quorum: 2, later: [first, second] }),
  ]) {
    run.pass(2000);
    assert.deepEqual([new Set(run.task('b.do').from), quorum(run)], [new Set(to), 1]);
    say(run, 'cfo', 'approve');
    assert.equal(run.current.status, 'completed');
  }
});

test('where more are asked again, it takes no more of them than are known', () => {
  const then = 'escalate' as const;
  const run = asking({
    quorum: 3,
    later: [
      { then: 'reassign', to: ['cfo'] },
      { then, to: ['role:one'] },
    ],
  });
  run.pass(2000);
  assert.equal(quorum(run), 2);
  for (const who of ['cfo', 'n4']) say(run, who, 'approve');
  assert.equal(run.current.status, 'completed');
  const more = asking({ quorum: 2, from: ['role:many'], later: [{ then, to: ['role:one'] }] });
  more.routing = { people: () => ['n4'] };
  more.pass(1000);
  assert.equal(quorum(more), 2, 'and no fewer than before');
});

test('all of several groups are as many as the groups, whoever is in them, and whoever it goes to', () => {
  const from = ['role:many', 'role:one'];
  const all = { quorum: 'all', distinct: 'groups', from } as const;
  const run = asking({ ...all, later: [{ then: 'reassign', to: from }] });
  assert.equal(quorum(run), 2);
  say(run, 'n1', 'approve');
  run.pass(1000);
  assert.equal(quorum(run), 2);
  say(run, 'n4', 'approve');
  assert.equal(run.current.status, 'completed');
});

test('what is out of reach once it has moved is as if its time were over (DECIDE-4)', () => {
  const changed = asking({ quorum: 2, from: ['n1', 'n2'] });
  say(changed, 'n2', 'approve_with_changes');
  assert.equal(changed.current.status, 'running');
  say(changed, 'n1', 'approve_with_changes');
  const spoken = asking({ quorum: 2, from: ['n1', 'n2'], later: [{ then: 'reassign', to: ['n1'] }] });
  say(spoken, 'n1', 'approve');
  spoken.pass(1000);
  const involved = asking({ from: ['n1'], later: [{ then: 'reassign', to: ['n2'] }] }, 'n2');
  involved.pass(1000);
  for (const run of [changed, spoken, involved]) assert.equal(run.current.failure?.code, 'approval_expired');
});

test('a yes ends nothing while somebody who is asked may still change it or send it back', () => {
  const run = asking({ quorum: 3, from: ['n1', 'n2', 'n3'] }, 'n3');
  say(run, 'n1', 'approve');
  assert.equal(run.current.status, 'running');
  say(run, 'n2', 'approve');
  assert.equal(run.current.failure?.code, 'approval_expired');
});

test('all of several groups are no more than the people in them', () => {
  const run = asking({ quorum: 'all', distinct: 'groups', from: ['role:one', 'role:none'] });
  say(run, 'n4', 'approve');
  assert.equal(run.current.status, 'completed');
});

const NAMES = ['n1', 'n2', 'n3', 'n4'];
const parties = fc.subarray([...NAMES, 'role:many', 'role:one'], { minLength: 1, maxLength: 3 });
const asked = fc.record({
  quorum: fc.constantFrom(1, 2, 3, 'all' as const),
  from: parties,
  distinct: fc.constantFrom('people', 'people', 'groups' as const),
  keeps: fc.boolean(),
  within: fc.constantFrom(null, null, 1500),
  escalate: fc.subarray(['n3', 'n4', 'role:many'], { maxLength: 2 }),
  later: fc.array(fc.record({ then: fc.constantFrom('reassign', 'escalate'), to: parties }), {
    maxLength: 3,
  }),
});
const acts = fc.array(
  fc.record({
    who: fc.constantFrom(...NAMES),
    what: fc.constantFrom('approve', 'approve', 'approve_with_changes', 'abstain', 'wait'),
  }),
  { minLength: 1, maxLength: 10 },
);

/** Who may still say yes, without those who did what is decided about. */
const left = (run: Play, { from, approval: about }: Task): readonly string[] =>
  people(from).filter((one) => about && !hasSpoken(about, one) && !run.current.contributors[one]);

const missing = ({ approval: about }: Task): number => (about ? about.quorum - approvalsNow(about) : 0);

test('no yes fails what could be completed, none stands where nobody can end it, and none passes with too few', () => {
  fc.assert(
    fc.property(asked, fc.constantFrom('nobody', ...NAMES), acts, (options, doer, sequence) => {
      const run = asking(options, doer);
      for (const { who, what } of sequence) {
        if (run.open.length === 0) break;
        const before = structuredClone(run.task('b.do'));
        const since = run.events.length;
        if (what === 'wait') run.pass(1000);
        else if (people(before.from).includes(who)) say(run, who, what);
        if (run.events.length === since) continue;
        const { status } = run.current;
        if (status === 'failed') {
          if (what === 'approve' && options.distinct === 'people')
            assert.ok(left(run, before).length - 1 < missing(before) - 1, 'FAILED');
        } else if (status === 'completed') passed(run, before, options.quorum);
        else standing(run);
      }
    }),
    { numRuns: 300 },
  );
});

/** As many have approved as were asked for, or all who could. */
const passed = (run: Play, { from, approval: about }: Task, asks: number | 'all'): void => {
  const { output } = run.step('b.do');
  const { decisions } = output as unknown as { decisions: { participant: string; outcome: string }[] };
  const yes = decisions.filter(({ outcome }) => outcome.startsWith('approve')).length;
  assert.ok(yes >= (about?.quorum ?? 0) || run.last('task.decided').decision.changed !== null);
  const silent = people(from).filter(
    (one) => !run.current.contributors[one] && !decisions.some(({ participant }) => participant === one),
  );
  if (asks !== 'all' && about?.distinct === 'people') assert.ok(yes >= asks || silent.length === 0, 'PASSED');
};

/** Of people by their names enough are left, or somebody who may send it back or change it; a role may get more. */
const standing = (run: Play): void => {
  const now = run.task('b.do');
  const isNamed = now.from.every((party) => !party.includes(':'));
  if (run.timers.size === 0 && isNamed && now.approval?.distinct === 'people')
    assert.ok(missing(now) === 0 || left(run, now).length > 0, 'STANDS');
};

test('a deadline that only tells somebody does not keep open what too few are left to approve', () => {
  const run = asking({ quorum: 2, from: ['m1', 'm2'], later: [{ then: 'notify', to: ['cfo'] }] }, 'm2');
  say(run, 'm1', 'approve');
  assert.equal(run.current.failure?.code, 'approval_expired');
});

test('all are as many as they were where more are asked, and so are those of whom too few are left (TERMS-2)', () => {
  const all = asking({ quorum: 'all', from: ['role:many'], later: [{ then: 'escalate', to: ['role:one'] }] });
  const few = asking(
    { quorum: 3, from: ['m1', 'm2', 'm3'], later: [{ then: 'escalate', to: ['m1'] }] },
    'm3',
  );
  for (const run of [all, few]) {
    run.pass(1000);
    assert.equal(quorum(run), 3);
  }
});

test('of parties with one voice each it takes no more than there are (TERMS-2)', () => {
  const to = ['role:many', 'role:one'];
  const from = ['role:x', 'role:y', 'role:z'];
  const run = asking({ quorum: 3, distinct: 'groups', from, later: [{ then: 'reassign', to }] });
  run.pass(1000);
  assert.equal(quorum(run), 2);
});

test('one decides an appeal, whomever it goes to in time, and however many the step asked for (TERMS-2)', () => {
  const onReject = { redo: null, appeal: ['role:one'] };
  const run = asking({ quorum: 2, onReject, later: [{ then: 'reassign', to: ['role:many'] }] });
  run.decide(run.task('b.do'), 'reject', 'm1');
  run.pass(1000);
  assert.deepEqual([run.task('b.do').from, quorum(run)], [['role:many'], 1]);
});

test('what is changed after a deadline took it from a stage still goes through those that follow', () => {
  const stage = (party: string) => ({ from: [party], quorum: 1, if: null });
  const run = asking({ chain: [stage('m1'), stage('m2')], later: [{ then: 'reassign', to: ['cfo'] }] });
  run.pass(1000);
  assert.deepEqual(run.task('b.do').from, ['cfo']);
  say(run, 'cfo', 'approve_with_changes');
  assert.deepEqual(run.task('b.do').from, ['m2']);
});

test('what is approved with changes on appeal is approved, and one that a stage changed was approved with changes', () => {
  const appealed = asking({ onReject: { redo: null, appeal: ['cfo'] } });
  appealed.decide(appealed.task('b.do'), 'reject', 'm1');
  say(appealed, 'cfo', 'approve_with_changes');
  assert.equal(appealed.current.status, 'completed');
  const stage = (party: string) => ({ from: [party], quorum: 1, if: null });
  const chained = asking({ chain: [stage('m1'), stage('m2')] });
  say(chained, 'm1', 'approve_with_changes');
  say(chained, 'm2', 'approve');
  assert.equal(chained.last('task.decided').settles?.status, 'approved_with_changes');
});
