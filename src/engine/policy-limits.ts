import type { Draft } from './draft.ts';
import type { Usage } from './event.ts';
import { addMoney } from './money.ts';
import { setDeadline } from './set-deadline.ts';
import type { Task } from './state.ts';

/**
 * What policies let one task use, from when somebody begins with it.
 *
 * CAPPED-1  Time is a deadline that is no later than the policy says. Tokens and cost are known when they are reported: whoever has
 *           used more than the policy lets them has failed, for good, and what they report is counted all the same. What is spent in
 *           another currency than the policy's is more than it lets them.
 */
const capsOf = (draft: Draft, task: Task) => {
  const { boundaries } = draft.moment;
  if (!boundaries || task.assignee === null || task.kind === 'approval') return null;
  return boundaries.limitsFor(task, task.assignee, draft.state);
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
  if (caps.tokens !== null && task.usage.tokens + usage.tokens > caps.tokens)
    return { code: 'limit_tokens', message: `The task may use ${caps.tokens} tokens.`, lasting: true };
  const spent = addMoney(task.usage.cost, usage.cost);
  const { cost } = draft.state.limits;
  const broken = caps.cost.find(
    ({ amount, currency }) => (cost && cost.currency !== currency) || spent > amount,
  );
  if (broken && spent > 0) {
    const message = `The task may cost ${broken.amount} ${broken.currency}.`;
    return { code: 'limit_cost', message, lasting: true };
  }
  return null;
};
