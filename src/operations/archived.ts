import type { Archived } from '../ledger/index.ts';
import { pagesOf } from '../store/index.ts';
import type { Context } from './context.ts';
import { no, type Refused } from './outcome.ts';

/** Why there is nothing to see of a run: it was archived, or there is none. */
export async function absent({ runtime }: Context, id: string): Promise<Refused> {
  const archived = await runtime.archived(id);
  if (!archived) return no('run_unknown', `There is no run ${id}.`);
  const { file, sha256, status, endedAt } = archived;
  const message = `Run ${id} has ended (${status}) and is archived in ${file}.`;
  return no('run_archived', message, { file, sha256, status, endedAt });
}

/** Why there is nothing to see of a task, whose id begins with that of its run. */
export async function absentTask(context: Context, id: string): Promise<Refused> {
  const [run = ''] = id.split(':', 1);
  const refused = await absent(context, run);
  return refused.rejection.code === 'run_archived' ? refused : no('task_unknown', `There is no task ${id}.`);
}

/** Why an entry is not there: it was archived, or there is none. */
export async function absentEntry({ runtime }: Context, index: number, size: number): Promise<Refused> {
  if (index >= size)
    return no('entry_unknown', `There is no entry ${index} in a tree of ${size} leaves.`, { size });
  const archive = await archiveOf(runtime.store, index);
  if (!archive) return no('entry_unknown', `Entry ${index} is not in the database.`, { size });
  const { file, sha256 } = archive;
  return no('entry_archived', `Entry ${index} is archived in ${file}.`, { file, sha256 });
}

const PAGE = 100;

/** The archive that an entry is in. There are few of them, and this is asked seldom. */
async function archiveOf(store: Context['runtime']['store'], index: number): Promise<Archived | null> {
  for await (const rows of pagesOf(PAGE, (page) => store.documents('archive', page)))
    for (const { body } of rows) {
      const archive = body as unknown as Archived;
      if (holds(archive.spans, index)) return archive;
    }
  return null;
}

function holds(spans: readonly number[], index: number): boolean {
  for (let at = 0; at < spans.length; at += 2) {
    const [first = 0, count = 0] = [spans[at], spans[at + 1]];
    if (index < first) return false;
    if (index < first + count) return true;
  }
  return false;
}
