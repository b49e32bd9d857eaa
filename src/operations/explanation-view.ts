import type { JsonObject } from '../definition/index.ts';
import { isTaskFinal, type Task } from '../engine/index.ts';
import { expanded, explain, type Explanation } from '../routing/index.ts';
import type { Context } from './context.ts';
import type { ExplanationView, RoutedView } from './schema/views.ts';

/** Why routing put a task where it is: the explanation in the entry that did. Null where routing was not asked. */
export async function explanationOf(context: Context, task: Task): Promise<RoutedView | null> {
  const { run, routed } = task;
  if (routed === 0) return null;
  const [entry] = await context.runtime.store.entries({ stream: run, after: routed - 1 }, 1);
  if (!entry) return null;
  const { at, payload } = JSON.parse(entry.text) as {
    readonly at: number;
    readonly payload: { readonly explanation?: JsonObject };
  };
  if (!payload.explanation) return null;
  const explanation = expanded(payload.explanation);
  return { ...explanationView(context, explanation), at, holds: holds(explanation, task, context) };
}

/** What has happened to the task shows in the task. Who could take it now is asked where nobody could, and no policy had a part in that. */
function holds({ choice, dropped }: Explanation, task: Task, { runtime }: Context): boolean {
  const { assignee, offeredTo, excluded, status } = task;
  if (choice.kind === 'assigned') return assignee === choice.to;
  if (assignee !== null || isTaskFinal(status)) return false;
  if (choice.kind === 'nobody')
    return dropped.some(({ reason }) => reason === 'policy') || !runtime.scheduler.router.canBeDone(task);
  if (choice.kind !== 'offered' || choice.to === null) return true;
  return choice.to.some((one) => !excluded.includes(one) && (offeredTo?.includes(one) ?? true));
}

export function explanationView({ runtime }: Context, explanation: Explanation): ExplanationView {
  const nameOf = (id: string): string => {
    const name = runtime.organisation.passport(id)?.name;
    return name === undefined ? id : `${name} (${id})`;
  };
  return {
    ...structuredClone(explanation),
    words: explain(explanation, nameOf),
  } as ExplanationView;
}
