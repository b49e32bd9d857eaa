import type { StepNode } from '../../definition/graph.ts';
import type { Json } from '../../definition/json.ts';
import { leaving, whyOf, type Ruled } from '../../policy/ruling.ts';
import { reviewersOf } from '../after-failure.ts';
import type { CommandOf, Work } from '../command.ts';
import type { Draft } from '../draft.ts';
import type { TaskKind } from '../event.ts';
import { failureOf, refuse, type Failure, type Rejection } from '../failure.ts';
import { mayDo } from '../may-begin.ts';
import { give } from './record.ts';
import { denied, routesOf, withRuling } from './ruling.ts';
import { heldBy } from './result.ts';
import type { ResultApproval } from './state.ts';
import type { SlotState, StepState, Task } from '../state.ts';
import { nodeOf } from '../tasks/guard.ts';

/**
 * Policies on who does a task, and on what comes of it.
 *
 * WORK-3  Where everybody who could do it must leave it to people, whatever is approved, it is people's work from the start.
 * WORK-4  A result that a policy leaves to people goes to them as one that its maker doubts does; a person's own result stands. What a policy
 *         asks to have approved is (RESULT-1), whoever gives it: also what people make of a result that was left to them.
 * WORK-5  What needs an approval before somebody begins is begun when that was given for this task (BEGIN-2), and not before.
 * WORK-6  Before its turn a result is taken from whoever might begin, and only where nobody has to look at it.
 */
export const leaveToPeople = (
  draft: Draft,
  node: StepNode,
  step: StepState,
  slot: SlotState,
  work: () => Work,
): boolean => {
  const { boundaries } = draft.moment;
  const ruling = boundaries ? boundaries.leaves(work(), draft.state) : null;
  if (!ruling) return false;
  const failure = { code: 'left_to_people', message: whyOf(leaving(ruling)) };
  return give(draft, node, step, slot, ruling, failure, routesOf(ruling));
};

interface Review {
  readonly to: readonly string[];
  readonly failure: Failure;
}
export interface Judged {
  readonly review?: Review;
  readonly held?: ResultApproval;
  readonly ruled?: Ruled;
}

/** `review` is what the step itself asks for. */
export const judgeResult = (
  draft: Draft,
  task: Task,
  {
    output,
    confidence = null,
    usage = { tokens: 0, cost: 0 },
  }: Pick<CommandOf<'task.complete'>, 'output' | 'usage'> & { readonly confidence?: number | null },
  review: Review | null,
): Rejection | Judged => {
  const { actor } = draft.moment.by;
  const question = {
    point: 'task.complete' as const,
    task,
    participant: actor,
    output,
    confidence,
    usage,
  };
  const ruling = draft.moment.boundaries?.rule(question, draft.state) ?? null;
  const own = review ? { review } : {};
  if (!ruling) return own;
  if (ruling.verdict === 'deny') return denied(ruling, draft, 'The result is not taken.');
  const told = withRuling(draft, ruling);
  if (ruling.verdict === 'allow' || !OF_WORK.includes(task.kind)) return { ...own, ...told };
  const routes = routesOf(ruling);
  const { held } = heldBy(ruling);
  if (isOwn(draft) || task.kind === 'escalation') return { ...(held && { held }), ...told };
  if (held && routes.length === 0) return { ...(review ? own : { held }), ...told };
  const usual = review?.to ?? reviewersOf(draft, nodeOf(draft, task), task.slot);
  const routing = ruling.reasons.filter(({ effect }) => effect === 'route_to_human');
  const ofPolicy = routing.some(({ policy }) => policy !== null);
  const to = [...new Set(ofPolicy ? [...routes, ...usual] : usual.length > 0 ? usual : routes)];
  const [reason] = routing;
  const code = reason?.policy === null ? reason.code : 'policy_review';
  return { review: { to, failure: failureOf(task, code, whyOf(ruling)) }, ...told };
};

const OF_WORK: readonly TaskKind[] = ['task', 'escalation'];

/** WORK-4. Whether a person gives it, for whomever they act. */
export const isOwn = ({ moment: { boundaries, by } }: Draft): boolean =>
  boundaries?.isPerson(by.actor) ?? by.actor === by.onBehalfOf;

/** WORK-6 */
export const judgeEarly = (
  draft: Draft,
  task: Task,
  output: Json,
): Rejection | { readonly ruled?: Ruled } => {
  const allowed = mayDo(draft, task, draft.moment.by.actor);
  if ('code' in allowed) return allowed;
  const judged = judgeResult(draft, task, { output }, null);
  if ('code' in judged) return judged;
  const { review, held, ...ruled } = judged;
  if (!review && !held) return { ...allowed, ...ruled };
  const what = `The result of task ${task.id} is looked at by people, and so not taken before its turn.`;
  const to = review?.to ?? held?.approvals.flatMap(({ from }) => from);
  return refuse('human_required', `${what} ${review?.failure.message ?? held?.reason}`, { to });
};
