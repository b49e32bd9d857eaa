import type { JsonObject } from '../definition/index.ts';
import type { Attribution } from '../engine/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Context } from './context.ts';
import { seesAll, sightOf } from './sight.ts';
import { seenAmong } from './visibility.ts';

/**
 * SEE-2: events of tasks that are hidden from the caller, and of what was asked for on their behalf, say only that there was something,
 * and not who did it. The hash stays that of the whole event, so that the chain can be followed.
 */
export async function withoutHiddenTasks<
  Event extends { readonly actor: string; readonly payload: JsonObject },
>(context: Context, events: readonly Event[], caller: Passport): Promise<Event[]> {
  if (seesAll(caller)) return [...events];
  const sight = await sightOf(context);
  const named = new Set(events.map(taskOf).filter((task) => task !== null));
  const tasks = await context.runtime.store.tasksNamed([...named]);
  const seen = await seenAmong(context, tasks, caller, sight);
  const hidden = new Set(tasks.map(({ id }) => id).filter((id) => !seen.has(id)));
  return events.map((event) => {
    const task = taskOf(event);
    return task !== null && hidden.has(task)
      ? { ...event, ...NOBODY, payload: { task, hidden: true } }
      : event;
  });
}

const NOBODY: Attribution = {
  actor: 'hidden',
  onBehalfOf: null,
  authority: { kind: 'system', id: 'hidden' },
};

function taskOf({ payload }: { readonly payload: JsonObject }): string | null {
  const task = payload['task'] ?? payload['of'];
  return typeof task === 'string' ? task : null;
}
