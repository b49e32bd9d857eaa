import type { Terminal } from './terminal.ts';

/**
 * What a command needs that only a composition root can give: the parts that name a database, a port or a key. `src/main` hands
 * them in.
 */
export interface Roots {
  readonly version: string;
  serve(options: ServeOptions): Promise<Served>;
  /** Everything in one database to another. */
  move(options: MoveOptions): Promise<MoveReport>;
  /** The schema of a database; with `apply`, after it has been brought up to date. */
  migrate(databaseUrl: string, apply: boolean): Promise<SchemaReport>;
  /** `archives`: a folder with all files that were archived from it, which are verified too. */
  verifyDatabase(databaseUrl: string, known: KnownCheckpoints, archives?: string): Promise<LedgerReport>;
  /** Of an exported file, which is read piece by piece. */
  verifyExport(path: string, known: KnownCheckpoints): Promise<LedgerReport>;
  /** Moves ended runs into files. */
  archive(options: ArchiveOptions): Promise<ArchiveReport>;
  work(options: WorkOptions): Promise<AtWork>;
  /** The main job, where this installation holds it. */
  demo?(options: DemoOptions): Promise<number>;
}

/**
 * What a server does for the database that it shares with others: `api` answers requests, `scheduler` does what nobody asks for (timers,
 * messages between runs, ends of leases, routing anew, the Merkle tree), `worker` tells the world outside (webhooks, mail), `all` does
 * all of it.
 */
export const ROLES = ['all', 'api', 'scheduler', 'worker'] as const;
export type Role = (typeof ROLES)[number];

export interface ServeOptions {
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Further names that it goes by. */
  readonly hosts: readonly string[];
  readonly role: Role;
  readonly archive?: { readonly olderThan: string; readonly folder: string } | undefined;
  /** Ends a start that is not done: it fails with the reason. */
  readonly signal: AbortSignal;
}

export interface ArchiveOptions {
  readonly databaseUrl: string;
  /** A duration, such as `90d`. */
  readonly olderThan: string;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onFault: (fault: unknown) => void;
}
export interface ArchiveReport {
  /** ms since the epoch */
  readonly before: number;
  /** `interrupted`, and there is more; `elsewhere`: the rest is left to another, who archives at the same moment. */
  readonly ended: 'all' | 'interrupted' | 'elsewhere';
  readonly files: readonly string[];
  readonly runs: number;
  readonly entries: number;
  readonly heldBackBy: string | null;
}
export interface Served {
  readonly url: string;
  /** Once, on an empty database. */
  readonly adminToken?: string | undefined;
  stop(): Promise<void>;
}

export interface SchemaReport {
  /** `empty`: the database is there, without tables. */
  readonly status: 'absent' | 'empty' | 'older' | 'latest';
  /** The schema version of this release. */
  readonly latest: number;
}

export interface MoveOptions {
  /** `sqlite:PATH`, or a path. */
  readonly from: string;
  /** `postgres://…` */
  readonly to: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly table: string;
    readonly moved: number;
    readonly of: number;
  }) => void;
}
export interface MoveReport {
  /** `before`: everything had arrived already. `interrupted`: nothing has. */
  readonly status: 'moved' | 'before' | 'interrupted';
  readonly from: string;
  /** Without a password. */
  readonly to: string;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** The position of the next entry. */
  readonly entries: number;
  readonly treeSize: number;
}

/** Signed notes, and `name+id+key` of who signs. */
export interface KnownCheckpoints {
  readonly checkpoints: readonly string[];
  readonly keys: readonly string[];
}
export interface LedgerReport {
  readonly verified: boolean;
  readonly entries: number;
  readonly pending: number;
  readonly archived: number;
  /** It is a part of the ledger, in which so many positions are absent; 0 in the whole. */
  readonly part: boolean;
  readonly absent: number;
  readonly runs: number;
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    readonly root: string;
    readonly keyName: string;
  } | null;
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    readonly run?: string;
    readonly sequence?: number;
    readonly index?: number;
    readonly line?: number;
  }[];
  readonly problemCount: number;
}

export interface WorkOptions {
  /** That of the module or program, if absent. */
  readonly name: string | undefined;
  readonly capabilities: readonly string[];
  /**
   * A module with a handler as its default export, and `capabilities` where none are given here; or a program that gets the task as
   * JSON on standard input and writes the result as JSON to standard output.
   */
  readonly agent: { readonly module: string } | { readonly exec: string };
  readonly concurrency: number;
  readonly leaseSeconds: number;
  readonly url: string;
  readonly token: string | undefined;
  /** `stack`: where a module failed. */
  readonly log: (line: string, event: unknown, stack?: string) => void;
}

export interface AtWork {
  stop(): Promise<void>;
  /** Null after a stop, else what makes going on useless. */
  readonly ended: Promise<unknown>;
}

export interface DemoOptions {
  readonly input: string | undefined;
  /** Whether nobody is asked. */
  readonly yes: boolean;
  /** A file that an interrupted job left; a new database if absent. */
  readonly database: string | undefined;
  /** Whether the environment names that database to other commands as well. */
  readonly isAmbient: boolean;
  readonly terminal: Terminal;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}
