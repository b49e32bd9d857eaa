import type {
  Artifact,
  IdempotencyRecord,
  OutboxMessage,
  RunRow,
  StoredCheckpoint,
  StoredDocument,
  StoredEntry,
  StoredRun,
  TaskRow,
  Timer,
} from '../port.ts';

/**
 * All that a memory store holds.
 *
 * MEM-1  Nothing in it is shared with a caller: what comes in and what goes out is copied through JSON, as a database would.
 * MEM-2  `number` is the order of first insertion, and does not change when a row is replaced.
 */
export interface State {
  streams: Map<string, Stream>;
  lastStream: number;
  /** By their positions; null where one has been taken out. */
  entries: (StoredEntry | null)[];
  tasks: Map<string, Numbered<TaskRow>>;
  lastTask: number;
  timers: Map<string, Timer>;
  outbox: Map<number, OutboxMessage>;
  lastMessage: number;
  artifacts: Map<string, Artifact>;
  idempotency: Map<string, IdempotencyRecord>;
  /** By kind and id. */
  documents: Map<string, Map<string, StoredDocument>>;
  tiles: Map<string, Uint8Array>;
  treeSize: number;
  checkpoints: Map<number, StoredCheckpoint>;
}

export interface Stream {
  readonly number: number;
  readonly entries: StoredEntry[];
  readonly tasks: Numbered<TaskRow>[];
  run: RunRow | null;
  snapshot: StoredRun['snapshot'];
}

export interface Numbered<Row> {
  readonly number: number;
  row: Row;
}

export const emptyState = (): State => ({
  streams: new Map(),
  lastStream: 0,
  entries: [],
  tasks: new Map(),
  lastTask: 0,
  timers: new Map(),
  outbox: new Map(),
  lastMessage: 0,
  artifacts: new Map(),
  idempotency: new Map(),
  documents: new Map(),
  tiles: new Map(),
  treeSize: 0,
  checkpoints: new Map(),
});

export const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
export const copyBytes = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
export const copyEntry = (entry: StoredEntry): StoredEntry => ({ ...entry, hash: copyBytes(entry.hash) });
export const copyArtifact = (artifact: Artifact): Artifact => ({
  ...artifact,
  content: copyBytes(artifact.content),
});

/** As bytes of UTF-8 compare, which is the order of databases and not that of JavaScript. */
export const compareText = (left: string, right: string): number =>
  left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
