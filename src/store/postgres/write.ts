import { randomInt } from 'node:crypto';
import type { Hold } from '../holding.ts';
import type { Change, CommitResult } from '../port.ts';
import { nameOf } from '../rows.ts';
import { partiesOf } from '../task-parties.ts';
import { Batch, compare, documentKey, keyed } from './batch.ts';
import { bytes, integers, longs, texts } from './binary.ts';
import { decide, hoped } from './decide.ts';
import type { Known } from './decide.ts';
import { failureOf } from './faults.ts';
import type { Answer, Row, Step } from './pipeline.ts';
import type { Recent } from './recent.ts';
import { entryColumns, streamColumns, taskColumns } from './rows.ts';
import type { Session } from './session.ts';
import { PUT_ARTIFACTS } from './sql/artifacts.ts';
import {
  DELETE_DOCUMENTS,
  INSERT_DOCUMENTS,
  LOCK_DOCUMENTS,
  REQUIRE_DOCUMENTS,
  SHARE_DOCUMENTS,
  UPDATE_DOCUMENTS,
} from './sql/documents.ts';
import { LOCK_HOLDS, REQUIRE_HOLDS } from './sql/holds.ts';
import { HEADS, INSERT_COMMIT, INSERT_ENTRIES } from './sql/entries.ts';
import { INSERT_IDEMPOTENCY, USED_KEYS } from './sql/idempotency.ts';
import { DELETE_MESSAGES, INSERT_MESSAGES, LOCK_MESSAGES, REQUIRE_MESSAGES } from './sql/outbox.ts';
import { PUT_SNAPSHOTS, PUT_STREAMS } from './sql/streams.ts';
import {
  EXTEND_LEASES,
  FORGET_LEASES,
  FORGET_PARTIES,
  HELD_BY,
  LOCK_LEASES,
  PUT_PARTIES,
  PUT_TASKS,
  REQUIRE_LEASES,
} from './sql/tasks.ts';
import { CANCEL_TIMERS, LOCK_TIMERS, PUT_TIMERS, REQUIRE_TIMERS } from './sql/timers.ts';

const BEGIN: Step = { sql: 'BEGIN' };
const COMMIT: Step = { sql: 'COMMIT' };
const ROLLBACK: Step = { sql: 'ROLLBACK' };
const MOST_TOKENS = 2 ** 48 - 1;

/**
 * Applies changes, in a transaction of its own.
 *
 * WRITE-1  Everything is sent at once, in the hope that all changes apply: one way to the server and back. The transaction fails as
 *          a whole where they do not.
 * WRITE-2  Then it is read under which conditions they stand, each is applied or refused by these, and what applies is sent with the
 *          same conditions: so nothing that happens in between is overwritten, it only makes the writer ask again.
 * WRITE-3  Statements are sent in the same order by everybody, and rows within them sorted: see SORT-1.
 */
export class ChangeWriter {
  /** To which part of the counts of runs it adds. */
  readonly #shard: number;
  readonly #recent: Recent;

  constructor(shard: number, recent: Recent) {
    this.#shard = shard;
    this.#recent = recent;
  }

  /** All changes as one transaction; null when some of them can not apply, and nothing has been sent. */
  prepare(changes: readonly Change[]): readonly Step[] | null {
    return hoped(changes) && this.#steps(batchOf(changes), new Set());
  }

  /** False when the transaction failed because a condition does not hold. */
  async hopeful(session: Session, steps: readonly Step[]): Promise<boolean> {
    if (steps.length === 0) return true;
    try {
      await session.run(steps);
      return true;
    } catch (fault) {
      if (failureOf(fault) === 'taken') return false;
      throw fault;
    }
  }

  /** One attempt; null when somebody else was quicker, and all has been undone. */
  async careful(session: Session, changes: readonly Change[]): Promise<readonly CommitResult[] | null> {
    try {
      const known = await readKnown(session, changes);
      const there = new Set(known.revisions.keys());
      const results = decide(changes, known);
      const batch = batchOf(changes.filter((_, at) => results[at]?.ok));
      for (const [participant, held] of known.premises?.held ?? []) batch.leaves(participant, held.size);
      const steps = this.#steps(batch, there);
      await session.run(steps.length > 0 ? [...steps, COMMIT] : [ROLLBACK]);
      return results;
    } catch (fault) {
      const failure = failureOf(fault);
      if (failure === 'lost') session.destroy();
      else await session.run([ROLLBACK]);
      if (failure === 'taken') return null;
      throw fault;
    }
  }

  /** `there` are the documents that have been locked. */
  #steps(batch: Batch, there: ReadonlySet<string>): Step[] {
    const { expected, appended, streams } = batch;
    const steps: Step[] = [];
    const add = (rows: number, sql: string, values: () => readonly (Buffer | number)[]): void => {
      if (rows > 0) steps.push({ sql, values: values() });
    };
    const token = randomInt(MOST_TOKENS);
    this.#recent.expect(token, appended);
    add(expected.size, INSERT_COMMIT, () => [
      texts(appended.map(({ run }) => run)),
      longs(appended.map(({ entries }) => entries[0]!.sequence)),
      longs(appended.map(({ entries }) => entries.length)),
      texts([...expected.keys()]),
      longs([...expected.values()]),
      token,
    ]);
    addIdempotency(batch, add);
    addPremises(batch, add);
    add(batch.entries.length, INSERT_ENTRIES, () => entryColumns(batch.sortedEntries));
    add(streams.size, PUT_STREAMS, () => [...streamColumns(streams), this.#shard]);
    addSnapshots(batch, add);
    addLeases(batch, add);
    addTasks(batch, add);
    add(batch.most.size, REQUIRE_HOLDS, () => [
      texts([...batch.most.keys()]),
      longs([...batch.most.values()]),
    ]);
    addTimers(batch, add);
    addMessages(batch, add);
    addArtifacts(batch, add);
    requireDocuments(batch, add);
    addDocuments(batch, there, add);
    return steps;
  }
}

type Add = (rows: number, sql: string, values: () => readonly Buffer[]) => void;

function batchOf(changes: readonly Change[]): Batch {
  const batch = new Batch();
  for (const change of changes) batch.add(change);
  return batch;
}

function addIdempotency(batch: Batch, add: Add): void {
  const records = [...batch.idempotency.values()].toSorted((a, b) => compare(a.key, b.key));
  add(records.length, INSERT_IDEMPOTENCY, () => [
    texts(records.map(({ key }) => key)),
    texts(records.map(({ fingerprint }) => fingerprint)),
    texts(records.map(({ result }) => JSON.stringify(result))),
    longs(records.map(({ at }) => at)),
  ]);
}

function addPremises({ neededMessages, neededTimers, neededLeases, most }: Batch, add: Add): void {
  add(neededMessages.size, REQUIRE_MESSAGES, () => [longs([...neededMessages])]);
  add(neededTimers.size, REQUIRE_TIMERS, () => [
    texts([...neededTimers.keys()]),
    longs([...neededTimers.values()]),
  ]);
  add(most.size, LOCK_HOLDS, () => [texts([...most.keys()])]);
  add(neededLeases.length, REQUIRE_LEASES, () => leaseColumns(keyed(neededLeases)));
}

function addSnapshots({ snapshots }: Batch, add: Add): void {
  const sorted = [...snapshots].toSorted(([a], [b]) => compare(a, b));
  add(sorted.length, PUT_SNAPSHOTS, () => [
    texts(sorted.map(([run]) => run)),
    longs(sorted.map(([, { sequence }]) => sequence)),
    texts(sorted.map(([, { state }]) => state)),
  ]);
}

function addTasks(batch: Batch, add: Add): void {
  const tasks = [...batch.tasks.values()];
  const waited = tasks.flatMap((task) => {
    const parties = partiesOf(task);
    return parties ? [{ task, parties }] : [];
  });
  const waiting = waited.flatMap(({ task, parties }) => parties.map((party) => ({ task, party })));
  add(waited.length, FORGET_PARTIES, () => [
    texts(waited.map(({ task }) => task.run)),
    texts(waited.map(({ task }) => nameOf(task))),
  ]);
  add(tasks.length, PUT_TASKS, () => taskColumns(tasks));
  add(waiting.length, PUT_PARTIES, () => [
    texts(waiting.map(({ task }) => task.run)),
    texts(waiting.map(({ task }) => nameOf(task))),
    texts(waiting.map(({ party }) => party)),
  ]);
}

/** Before the rows, which are put over what was extended before them; what is extended after them is in them already. */
function addLeases({ leases, begun }: Batch, add: Add): void {
  add(leases.length, EXTEND_LEASES, () => leaseColumns(leases));
  add(begun.length, FORGET_LEASES, () => [texts(begun.map(({ run }) => run)), texts(begun.map(nameOf))]);
}

const leaseColumns = (leases: ReturnType<typeof keyed>): Buffer[] => [
  texts(leases.map(({ run }) => run)),
  texts(leases.map(({ name }) => name)),
  longs(leases.map(({ token }) => token)),
  longs(leases.map(({ until }) => until)),
];

function addTimers({ timers }: Batch, add: Add): void {
  const sorted = [...timers].toSorted(([a], [b]) => compare(a, b));
  const cancelled = sorted.filter(([, timer]) => timer === null).map(([id]) => id);
  const set = sorted.flatMap(([, timer]) => timer ?? []);
  add(cancelled.length, CANCEL_TIMERS, () => [texts(cancelled)]);
  add(set.length, PUT_TIMERS, () => [
    texts(set.map(({ id }) => id)),
    texts(set.map(({ run }) => run)),
    longs(set.map(({ due }) => due)),
    texts(set.map(({ what }) => JSON.stringify(what))),
  ]);
}

function addMessages({ delivered, messages }: Batch, add: Add): void {
  add(delivered.size, DELETE_MESSAGES, () => [longs([...delivered].toSorted((a, b) => a - b))]);
  add(messages.length, INSERT_MESSAGES, () => [
    texts(messages.map(({ run }) => run)),
    texts(messages.map(({ message }) => JSON.stringify(message))),
  ]);
}

function addArtifacts({ artifacts }: Batch, add: Add): void {
  const sorted = [...artifacts.values()].toSorted((a, b) => compare(a.sha256, b.sha256));
  add(sorted.length, PUT_ARTIFACTS, () => [
    texts(sorted.map(({ sha256 }) => sha256)),
    texts(sorted.map(({ mediaType }) => mediaType)),
    bytes(sorted.map(({ content }) => content)),
  ]);
}

/** Late, so that whoever changes one of them waits for little more than the commit; before the writes of this transaction itself. */
function requireDocuments({ rested }: Batch, add: Add): void {
  const sorted = [...rested].toSorted(([a], [b]) => compare(a, b)).map(([, one]) => one);
  add(sorted.length, REQUIRE_DOCUMENTS, () => [
    texts(sorted.map(({ kind }) => kind)),
    texts(sorted.map(({ id }) => id)),
    longs(sorted.map(({ revision }) => revision)),
  ]);
}

function addDocuments({ documents }: Batch, there: ReadonlySet<string>, add: Add): void {
  const sorted = [...documents.values()].toSorted((a, b) => compare(documentKey(a), documentKey(b)));
  const {
    known = [],
    fresh = [],
    gone = [],
  } = Object.groupBy(sorted, (write) =>
    write.body === null ? 'gone' : there.has(documentKey(write)) ? 'known' : 'fresh',
  );
  const removed = gone.filter((write) => there.has(documentKey(write)));
  add(removed.length, DELETE_DOCUMENTS, () => [
    texts(removed.map(({ kind }) => kind)),
    texts(removed.map(({ id }) => id)),
  ]);
  for (const [writes, sql] of [
    [fresh, INSERT_DOCUMENTS],
    [known, UPDATE_DOCUMENTS],
  ] as const) {
    add(writes.length, sql, () => [
      texts(writes.map(({ kind }) => kind)),
      texts(writes.map(({ id }) => id)),
      longs(writes.map(({ expected }) => expected + 1)),
      texts(writes.map(({ body }) => JSON.stringify(body))),
    ]);
  }
}

/** The conditions of the changes as they are now, in a transaction that stays open and holds the documents. */
async function readKnown(session: Session, changes: readonly Change[]): Promise<Known> {
  const streams = [
    ...new Set(changes.filter(({ expected }) => expected !== null).map(({ stream }) => stream)),
  ];
  const keys = changes.flatMap(({ idempotency }) => idempotency?.key ?? []);
  const documents = [
    ...new Map(changes.flatMap((one) => one.documents ?? []).map((one) => [documentKey(one), one])).values(),
  ];
  const premises = changes.flatMap((one) => one.premises ?? []);
  const named = [...new Set(premises.flatMap(({ holds = [] }) => holds.map((one) => one.participant)))];
  const participants = texts(named);
  const rested = premises.flatMap((one) => one.documents ?? []);
  const leased = keyed(premises.flatMap((one) => one.leases ?? []));
  const [, held, heads, used, messages, timers, , tasks, leases, shared] = await session.run([
    BEGIN,
    {
      sql: LOCK_DOCUMENTS,
      values: [texts(documents.map(({ kind }) => kind)), texts(documents.map(({ id }) => id))],
    },
    { sql: HEADS, values: [texts(streams)] },
    { sql: USED_KEYS, values: [texts(keys)] },
    { sql: LOCK_MESSAGES, values: [longs(premises.flatMap((one) => one.messages ?? []))] },
    { sql: LOCK_TIMERS, values: [texts(premises.flatMap((one) => (one.timers ?? []).map(({ id }) => id)))] },
    { sql: LOCK_HOLDS, values: [participants] },
    { sql: HELD_BY, values: [participants] },
    {
      sql: LOCK_LEASES,
      values: [texts(leased.map(({ run }) => run)), texts(leased.map(({ name }) => name))],
    },
    {
      sql: SHARE_DOCUMENTS,
      values: [texts(rested.map(({ kind }) => kind)), texts(rested.map(({ id }) => id))],
    },
  ]);
  return {
    revisions: new Map(
      ([...rowsOf(held), ...rowsOf(shared)] as unknown as readonly Held[]).map((row) => [
        documentKey(row),
        row.revision,
      ]),
    ),
    heads: new Map(rowsOf(heads).map(({ run, head }) => [run as string, head as number])),
    keys: new Set(rowsOf(used).map(({ key }) => key as string)),
    premises: {
      messages: new Set(rowsOf(messages).map(({ id }) => id as number)),
      timers: new Map(rowsOf(timers).map(({ id, due }) => [id as string, due as number])),
      leases: holdsOf(rowsOf(leases)),
      held: heldOf(named, rowsOf(tasks)),
    },
  };
}

const holdsOf = (rows: readonly Row[]): Map<string, Hold> =>
  new Map(
    (rows as readonly (Row & Pick<Hold, 'token' | 'leaseUntil'>)[]).map(
      ({ run, name, token, leaseUntil }) => [
        `${run as string}:${name as string}`,
        { status: 'in_progress', token, leaseUntil },
      ],
    ),
  );

const heldOf = (participants: readonly string[], rows: readonly Row[]): Map<string, Set<string>> => {
  const held = new Map(participants.map((id) => [id, new Set<string>()]));
  for (const { assignee, run, name } of rows)
    held.get(assignee as string)?.add(`${run as string}:${name as string}`);
  return held;
};

type Held = Row & Parameters<typeof documentKey>[0] & { readonly revision: number };
const rowsOf = (answer: Answer | undefined): readonly Row[] => answer?.rows ?? [];

/** What is written to the tree; the tree's size stays where it is unless it is `from`. */
export const growth = (
  from: number,
  size: number,
  tiles: readonly { readonly level: number; readonly index: number; readonly hashes: Uint8Array }[],
): (number | Buffer)[] => [
  from,
  size,
  integers(tiles.map(({ level }) => level)),
  longs(tiles.map(({ index }) => index)),
  bytes(tiles.map(({ hashes }) => hashes)),
];
