import { uuidv7 } from 'uuidv7';
import { sha256 } from '../../src/main/sha256.ts';
import { toHex, type LedgerEntry } from '../../src/ledger/index.ts';
import type { Change, NewEntry, Store } from '../../src/store/index.ts';
import type { Template, Templates } from './templates.ts';

const BATCH = 1000;
/** Of each batch; an open one is among them. */
const KEPT = 12;

export interface Filled {
  readonly entries: number;
  /** A few of the runs, from the first to the last. */
  readonly finished: readonly string[];
  readonly open: readonly string[];
}

/** Writes finished and open runs in turn, as they are in an organisation in which most work gets done. */
export async function fill(
  store: Store,
  { finished, open }: Templates,
  counts: { readonly finished: number; readonly open: number },
): Promise<Filled> {
  const total = counts.finished + counts.open;
  const kept = { finished: [] as string[], open: [] as string[] };
  let entries = 0;
  let opened = 0;
  for (let at = 0; at < total; at += BATCH) {
    const changes: Change[] = [];
    for (let run = at; run < Math.min(at + BATCH, total); run += 1) {
      const isOpen = Math.floor(((run + 1) * counts.open) / total) > opened;
      if (isOpen) opened += 1;
      const from = isOpen ? open : finished;
      changes.push(again(from[run % from.length] as Template));
    }
    for (const change of changes) entries += change.entries.length;
    const results = await store.commit(changes);
    if (results.some(({ ok }) => !ok)) throw new Error('a run was refused');
    for (const { stream, run } of changes.slice(0, KEPT))
      kept[run?.endedAt === null ? 'open' : 'finished'].push(stream);
  }
  return { entries, ...kept };
}

/** The same under a new name: its texts as they would have been, its chain anew. */
function again({ run, entries, row, tasks, timers }: Template): Change {
  const name = `run_${uuidv7().replaceAll('-', '')}`;
  const renamed = <Value>(value: Value): Value =>
    JSON.parse(JSON.stringify(value).replaceAll(run, name)) as Value;
  let previous = '';
  const chained = entries.map(({ sequence, text }): NewEntry => {
    const was = (JSON.parse(text) as LedgerEntry).previous;
    const own = text.replaceAll(run, name).replace(was, previous || was);
    const hash = sha256(own);
    previous = toHex(hash);
    return { sequence, text: own, hash };
  });
  return {
    stream: name,
    expected: 0,
    entries: chained,
    run: renamed(row),
    tasks: renamed(tasks),
    ...(timers.length > 0 && { timers: renamed(timers) }),
  };
}
