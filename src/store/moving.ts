/**
 * What is carried when everything in one database moves to another: tables with their columns, as both databases name them. The first
 * are those that keep others from writing to the new database meanwhile.
 */
export const MOVED = {
  documents: { kind: 'text', id: 'text', revision: 'long', body: 'text' },
  streams: {
    name: 'text',
    number: 'long',
    status: 'integer',
    definition: 'text',
    definition_version: 'integer',
    sequence: 'long',
    priority: 'integer',
    started_by: 'text',
    parent: 'text',
    created_at: 'long',
    updated_at: 'long',
    ended_at: 'long',
    summary: 'text',
  },
  entries: { position: 'long', run: 'text', sequence: 'long', hash: 'bytes', text: 'text' },
  snapshots: { run: 'text', sequence: 'long', state: 'text' },
  tasks: {
    run: 'text',
    name: 'text',
    number: 'long',
    open: 'boolean',
    status: 'integer',
    performer: 'integer',
    priority: 'integer',
    place: 'long',
    step: 'text',
    kind: 'integer',
    assignee: 'text',
    token: 'long',
    lease_until: 'long',
    body: 'text',
  },
  task_parties: { run: 'text', name: 'text', party: 'text', place: 'long', number: 'long' },
  timers: { id: 'text', run: 'text', due: 'long', what: 'text' },
  outbox: { id: 'long', run: 'text', message: 'text' },
  artifacts: { sha256: 'text', media_type: 'text', content: 'bytes' },
  idempotency: { key: 'text', fingerprint: 'text', result: 'text', at: 'long' },
  tiles: { level: 'integer', index: 'long', hashes: 'bytes' },
  checkpoints: { size: 'long', note: 'text' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

export type ColumnType = 'text' | 'integer' | 'long' | 'boolean' | 'bytes';
export type MovedTable = keyof typeof MOVED;
export const MOVED_TABLES = Object.keys(MOVED) as MovedTable[];

/** Truth is 1 or 0. */
export type MovedRow = Readonly<Record<string, string | number | Uint8Array | null>>;

/** A database that everything is taken from. Nobody else works on it. */
export interface Departure {
  /** To be shown. */
  readonly name: string;
  /** It is sealed: all of it has arrived in a database before, where it is worked on. */
  readonly isMoved: boolean;
  /** How many rows there are. */
  readonly counts: Readonly<Record<MovedTable, number>>;
  /** The position of the next entry. */
  readonly next: number;
  readonly treeSize: number;
  /** The highest numbers that have been given. */
  readonly numbers: { readonly streams: number; readonly tasks: number; readonly outbox: number };
  /** Name and keys of its ledger, as they are stored: the same in no two databases. Null where it has none. */
  readonly ledger: string | null;
  /** Read one by one, entries in the order of their positions. */
  rows(table: MovedTable): Iterable<MovedRow>;
  /** From now on nobody can write to it, so that its ledger goes on in one place only. */
  seal(): void;
  close(): void;
}

/** How far a move has come. */
export interface MoveProgress {
  readonly table: MovedTable;
  readonly moved: number;
  readonly of: number;
}

/** The document that holds what `Departure.ledger` says. */
export const LEDGER_DOCUMENT = { kind: 'setting', id: 'ledger_key' } as const;
