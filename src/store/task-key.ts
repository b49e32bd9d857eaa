/**
 * Where the run ends in a task's id; negative where it is none.
 *
 * TASKID-1  An id is `RUN:PLACE:ROUND.ATTEMPT`, and that of an approval which a task asks for has `:tool.eN.M` behind it. Only a run's own
 *        id may hold further colons. So there is one way to divide an id, whatever is in it.
 */
export function endOfRun(id: string): number {
  const last = id.lastIndexOf(':');
  return before(id, id.startsWith('tool.', last + 1) ? before(id, last) : last);
}

const before = (id: string, colon: number): number => id.lastIndexOf(':', colon - 1);

/** A task's id as its run and its name within the run; null where it is none, so that there is no such task. */
export function taskKey(id: string): readonly [run: string, name: string] | null {
  const end = endOfRun(id);
  return end < 0 ? null : [id.slice(0, end), id.slice(end + 1)];
}

/** The keys of those that are ids of tasks, each once. */
export const taskKeys = (ids: readonly string[]): (readonly [run: string, name: string])[] =>
  [...new Set(ids)].flatMap((id) => {
    const key = taskKey(id);
    return key ? [key] : [];
  });
