import type { Draft } from '../draft.ts';
import type { Usage } from '../event.ts';
import { addMoney } from '../money.ts';
import type { Beginner } from './ruling.ts';
import type { Allowed, TaskCaps } from './state.ts';
import { setDeadline } from '../set-deadline.ts';
import type { Task } from '../state.ts';

/**
 * What policies let one task use: what they said when somebody began with it. Others that come to hold for the run are asked as things are.
 *
 * CAPPED-1  Time is a deadline that is no later than the policy says. Tokens and cost are known when they are reported: whoever has
 *           used more than the policy lets them has failed, for good, and what they report is counted all the same. What is spent in
 *           another currency than the policy's is more than it lets them.
 */
const capsOf = (draft: Draft, task: Task): TaskCaps | null => {
  const { caps, assignee } = task;
  if (caps && isBySame(draft, caps)) return caps;
  return assignee === null ? null : (capsFor(draft, task, assignee).caps ?? null);
};

/** Whether the policies that the run is held to are those that were asked. Where they cannot be read, what they said stands. */
const isBySame = ({ moment, state }: Draft, { set }: TaskCaps): boolean =>
  (moment.boundaries?.heldTo(state) ?? set) === set;

/** For the event with which somebody begins; nothing where no policy could say. */
export const capsFor = (draft: Draft, task: Beginner, participant: string): Pick<Allowed, 'caps'> => {
  const { boundaries } = draft.moment;
  const caps = task.kind === 'approval' ? null : boundaries?.capsFor(task, participant, draft.state);
  return caps ? { caps } : {};
};

/** After somebody has begun, and whenever a deadline is set from then on. */
export const capTime = (draft: Draft, id: string): void => {
  const task = draft.state.tasks[id];
  if (!task || !isBegun(task)) return;
  const duration = capsOf(draft, task)?.duration ?? null;
  if (duration === null) return;
  const deadline = (task.startedAt ?? draft.moment.now) + duration;
  if (task.deadline === null || task.deadline > deadline) setDeadline(draft, task, deadline);
};

const isBegun = ({ status, suspension }: Task): boolean => (suspension?.from ?? status) === 'in_progress';

interface Overspent {
  readonly code: 'limit_tokens' | 'limit_cost';
  readonly message: string;
  readonly lasting: true;
}

/** Why no more may be used; null while it may. `usage` comes on top of what has been reported. */
export const overspent = (draft: Draft, task: Task, usage: Usage): Overspent | null => {
  const caps = capsOf(draft, task);
  if (!caps) return null;
  const by = caps.policies.join(', ');
  if (caps.tokens !== null && task.usage.tokens + usage.tokens > caps.tokens) {
    const message = `The task may use ${caps.tokens} tokens, by ${by}.`;
    return { code: 'limit_tokens', message, lasting: true };
  }
  const spent = addMoney(task.usage.cost, usage.cost);
  const { cost } = draft.state.limits;
  const broken = caps.cost.find(
    ({ amount, currency }) => (cost && cost.currency !== currency) || spent > amount,
  );
  if (broken && spent > 0) {
    const message = `The task may cost ${broken.amount} ${broken.currency}, by ${by}.`;
    return { code: 'limit_cost', message, lasting: true };
  }
  return null;
};
