import { refuse } from '../engine/index.ts';
import type { ArchivedRun } from './archive/index.ts';
import type { Outcome, Runs } from './runs.ts';

interface Known {
  readonly runs: Pick<Runs, 'state'>;
  archived(run: string): Promise<ArchivedRun | null>;
}

/** Whoever has a part in any of these runs. One that there is not would keep nobody out, and is refused. */
export async function contributorsTo(
  known: Known,
  runs: readonly string[],
): Promise<Outcome<readonly string[]>> {
  const ids = [...new Set(runs)];
  const found = await Promise.all(ids.map((run) => contributorsOf(known, run)));
  const unknown = ids.filter((_, at) => found[at] === undefined);
  return unknown.length === 0
    ? { ok: true, value: [...new Set(found.flatMap((parties) => parties ?? []))] }
    : {
        ok: false,
        rejection: refuse('run_unknown', `There is no run ${unknown.join(', ')} to have results of.`),
      };
}

async function contributorsOf(known: Known, run: string): Promise<readonly string[] | undefined> {
  const found = await known.runs.state(run);
  return found ? Object.keys(found.state.contributors) : (await known.archived(run))?.contributors;
}
