import { StoreFault } from './fault.ts';
import type { Change } from './port.ts';
import { endOfRun } from './task-key.ts';

/**
 * Throws unless the change is one that any adapter can apply: a mistake of the caller, which no state of the store makes right.
 * @throws StoreFault `invalid_change`
 */
export function requireSound(change: Change): void {
  const { stream, expected, entries, run } = change;
  if (expected === null && entries.length > 0) throw unsound(stream, 'has entries but no expected sequence');
  entries.forEach((entry, at) => {
    if (entry.sequence !== (expected ?? 0) + at + 1) {
      throw unsound(
        stream,
        `expects sequence ${expected} and its entry ${at + 1} has sequence ${entry.sequence}`,
      );
    }
  });
  if (run && run.id !== stream) throw unsound(stream, `has the row of another run, ${run.id}`);
  for (const task of change.tasks ?? []) {
    const { id, run: name } = task;
    if (endOfRun(id) !== name.length || !id.startsWith(name))
      throw unsound(stream, `has a task ${task.id} of run ${task.run}`);
  }
  for (const { id, due } of change.timers ?? [])
    if (!(Math.abs(due) <= Number.MAX_SAFE_INTEGER)) throw unsound(stream, `sets the timer ${id} to ${due}`);
}

const unsound = (stream: string, what: string): StoreFault =>
  new StoreFault(
    'invalid_change',
    `A change of ${stream} ${what}.`,
    'This is a mistake in HumanOS: report it.',
  );
