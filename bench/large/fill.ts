import { uuidv7 } from 'uuidv7';
import { sha256 } from '../../src/main/sha256.ts';
import { toHex, type LedgerEntry } from '../../src/ledger/index.ts';
import type { Change, NewEntry, Store } from '../../src/store/index.ts';
import type { Family, Template, Templates } from './templates.ts';

const BATCH = 1000;
/** Of each batch; an open one is among them. */
const KEPT = 12;

export interface Filled {
  readonly entries: number;
  /** A few of the runs, from the first to the last. */
  readonly finished: readonly string[];
  readonly open: readonly string[];
  /** Runs that have started others. */
  readonly parents: readonly string[];
  readonly tasks: readonly string[];
}

/** Writes finished and open runs in turn, as they are in an organisation in which most work gets done. */
export async function fill(
  store: Store,
  templates: Templates,
  counts: { readonly finished: number; readonly open: number },
): Promise<Filled> {
  const kept = {
    finished: [] as string[],
    open: [] as string[],
    parents: [] as string[],
    tasks: [] as string[],
  };
  let entries = 0;
  for (const changes of batches(templates, counts)) {
    for (const change of changes) entries += change.entries.length;
    const results = await store.commit(changes);
    if (results.some(({ ok }) => !ok)) throw new Error('a run was refused');
    for (const { stream, run, tasks } of changes.slice(0, KEPT)) {
      kept[run?.endedAt === null ? 'open' : 'finished'].push(stream);
      kept.tasks.push(...(tasks ?? []).map(({ id }) => id));
    }
    kept.parents.push(...changes.flatMap(({ run }) => run?.parent ?? []).slice(0, 1));
  }
  return { entries, ...kept };
}

/** Of at least so many runs each; a family is never divided. */
function* batches(
  templates: Templates,
  counts: { readonly finished: number; readonly open: number },
): Generator<Change[]> {
  const total = counts.finished + counts.open;
  const families = { finished: round(templates.finished), open: round(templates.open) };
  let [written, opened] = [0, 0];
  while (written < total) {
    const changes: Change[] = [];
    while (changes.length < BATCH && written < total) {
      const isOpen = Math.floor(((written + 1) * counts.open) / total) > opened;
      const family = again(families[isOpen ? 'open' : 'finished']());
      if (isOpen) opened += family.length;
      written += family.length;
      changes.push(...family);
    }
    yield changes;
  }
}

const round = (families: readonly Family[]): (() => Family) => {
  let at = 0;
  return () => families[at++ % families.length] as Family;
};

/** The same under a new name, which is part of its children's. */
function again(family: Family): Change[] {
  const name = `run_${uuidv7().replaceAll('-', '')}`;
  const rename = (text: string): string => text.replaceAll(family[0].run, name);
  return family.map((template) => renamed(template, rename));
}

/** Its texts as they would have been, its chain anew. */
function renamed({ run, entries, row, tasks, timers }: Template, rename: (text: string) => string): Change {
  const within = <Value>(value: Value): Value => JSON.parse(rename(JSON.stringify(value))) as Value;
  let previous = '';
  const chained = entries.map(({ sequence, text }): NewEntry => {
    const was = (JSON.parse(text) as LedgerEntry).previous;
    const own = rename(text).replace(was, previous || was);
    const hash = sha256(own);
    previous = toHex(hash);
    return { sequence, text: own, hash };
  });
  return {
    stream: rename(run),
    expected: 0,
    entries: chained,
    run: within(row),
    tasks: within(tasks),
    ...(timers.length > 0 && { timers: within(timers) }),
  };
}
