import {
  approvalsNow,
  givesOut,
  hasSpoken,
  isRunFinal,
  verdictOf,
  type RunState,
  type Task,
  type Verdict,
} from '../engine/index.ts';
import { mayAct, type Runtime } from '../runtime/index.ts';
import { startVerdict } from './launch.ts';

/**
 * The one answer to how a run is (promise 8), for lists and for the run itself.
 *
 * VERDICT-1  What is missing is looked for among everybody there is, as they are now; what it is depends on nothing else.
 * VERDICT-2  A run of which nothing is asked itself is as its children are (`below`), which it names.
 */
export const verdictFor = (state: RunState, runtime: Runtime, below: Verdict | null): Verdict =>
  stopped(state, runtime) ??
  startVerdict(state) ??
  (isIdle(state) ? below : null) ??
  verdictOf(
    state.status,
    state.failure,
    state.open,
    givesOut(state.status) ? missingFor(state, runtime) : [],
  );

/** Children that are looked at for one verdict, at most, over all depths. */
const MOST_CHILDREN = 16;

/** What somebody has to act on comes first. */
const URGENCY = [
  'stranded',
  'blocked',
  'stopped',
  'awaiting_approval',
  'awaiting_human',
  'running',
] as const satisfies readonly Verdict['verdict'][];

/** VERDICT-2: how the children are in which a run may wait; null where it waits in none. */
export async function verdictBelow(
  state: RunState,
  runtime: Runtime,
  left = { children: MOST_CHILDREN },
): Promise<Verdict | null> {
  const found: Verdict[] = [];
  for (const run of isIdle(state) ? childrenOf(state) : []) {
    if (left.children === 0) break;
    left.children -= 1;
    const child = (await runtime.runs.state(run))?.state;
    if (!child || isRunFinal(child.status)) continue;
    const below = await verdictBelow(child, runtime, left);
    const verdict = verdictFor(child, runtime, below);
    found.push(verdict === below ? below : { ...verdict, reason: `Run ${run}: ${verdict.reason}` });
  }
  return URGENCY.flatMap((one) => found.filter(({ verdict }) => verdict === one))[0] ?? null;
}

/** It is under way, and nobody has a task of it. */
const isIdle = ({ status, open }: RunState): boolean =>
  givesOut(status) && Object.values(open).every((count) => count === 0);

const childrenOf = ({ steps, leaving }: RunState): readonly string[] => [
  ...steps.flatMap(({ slots }) => Object.values(slots).flatMap(({ child }) => (child ? [child.run] : []))),
  ...Object.keys(leaving),
];

/** While all work is stopped, a run that is under way waits for somebody to lift that, whatever else it waits for. */
function stopped({ status }: RunState, { organisation }: Runtime): Verdict | null {
  const { emergencyStop } = organisation.policies;
  if (!givesOut(status) || emergencyStop.state === 'off') return null;
  const reason =
    emergencyStop.state === 'on'
      ? `${emergencyStop.by} stopped all work: ${emergencyStop.reason}. What is under way may end; nothing begins.`
      : 'Whether all work is stopped is not known, so nothing begins.';
  return { verdict: 'blocked', reason };
}

/** What is missing for open tasks that nobody at all can do, each said once. */
function missingFor(state: RunState, runtime: Runtime): string[] {
  const seen = new Set<string>();
  const missing = new Set<string>();
  for (const task of Object.values(state.tasks)) {
    const key = keyOf(task);
    if (seen.has(key) || isAnnounced(task, state)) continue;
    seen.add(key);
    const lack = task.approval
      ? decidersMissing(task, state, runtime)
      : task.assignee === null
        ? runtime.scheduler.router.missing(task)
        : holderLost(task, runtime);
    if (lack) missing.add(lack);
  }
  return [...missing];
}

/** It is not asked for yet: its step has not begun. */
const isAnnounced = ({ id, step, slot, status }: Task, { steps }: RunState): boolean =>
  status === 'created' && steps.find((one) => one.id === step)?.slots[slot]?.task !== id;

/** Tasks with the same key have the same answer. */
const keyOf = ({ id, approval, assignee, requires, level, by, from, excluded, separate }: Task): string =>
  approval || (assignee !== null && by === 'human')
    ? id
    : JSON.stringify([assignee, requires, level, by, from, excluded, separate]);

/** Agents and systems hold by a lease, which ends by itself; people hold until they, or an operator, give it back. */
const holderLost = ({ id, assignee }: Task, { organisation }: Runtime): string | null => {
  const holder = assignee === null ? null : organisation.passport(assignee);
  return holder?.kind === 'human' && !mayAct(holder)
    ? `somebody in place of ${holder.id}, who holds ${id} and is ${holder.status} (task.release gives it back)`
    : null;
};

/**
 * Promise 5: who took part in the work does not decide on it, so that they are no help here; nor is who has been heard. Of stages, each by
 * itself, those that come later as well: somebody can act on that before it is their turn.
 */
function decidersMissing(task: Task, { contributors }: RunState, runtime: Runtime): string | null {
  const { approval, from } = task;
  if (!approval) return null;
  const { router } = runtime.scheduler;
  const { stage, quorum, next } = approval;
  for (const asked of [{ stage, from, quorum }, ...next]) {
    const of = { ...task, from: asked.from };
    const able = router.eligible(of).filter((id) => !contributors[id] && !hasSpoken(approval, id));
    const needed = asked.quorum - approvalsNow({ ...approval, stage: asked.stage });
    if (able.length >= needed) continue;
    const more = needed > 1 ? `${needed} times ` : '';
    return `${more}${router.wanted(of)} who took no part in the work`;
  }
  return null;
}
