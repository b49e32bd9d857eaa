import type { Connection, Submittable } from 'pg';

/** One statement of a pipeline. Bytes go as they are, which is also how arrays are given: see `binary.ts`. */
export interface Step {
  readonly sql: string;
  readonly values?: readonly (string | number | Buffer | null)[];
}
/** What a statement answered: `count` is the number of rows that it read or wrote. */
export interface Answer {
  readonly rows: readonly Row[];
  readonly count: number;
}
export type Row = Readonly<Record<string, unknown>>;

/** The statements that a connection has prepared: their names by their texts. */
export interface Prepared {
  /** Empty for a statement that is not kept. */
  nameOf(sql: string): string;
  /** Whether the server knows the statement; `unsure` where it may. */
  readonly known: Map<string, 'prepared' | 'unsure'>;
}

/** What of pg's connection is used, beyond its published types. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(query: { text: string; name: string }): void;
  bind(config: {
    statement: string;
    values: readonly unknown[];
    valueMapper: (value: unknown) => unknown;
  }): void;
  describe(of: { type: 'P' }): void;
  execute(config: object): void;
  close(of: { type: 'S'; name: string }): void;
  sync(): void;
}

interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

/**
 * Statements that go to the server together and are answered together.
 *
 * PIPE-1  There is one synchronisation point, at the end: outside of a transaction block the statements are a transaction of their
 *         own, applied whole, and committed when the last of them has been answered.
 * PIPE-2  The first statement that fails is the last that was carried out.
 */
export class Pipeline implements Submittable {
  readonly answers: Promise<readonly Answer[]>;
  readonly #steps: readonly Step[];
  readonly #prepared: Prepared;
  readonly #answered: Answer[] = [];
  /** Names that were prepared on the way. */
  readonly #fresh: string[] = [];
  #resolve: (answers: readonly Answer[]) => void = () => {};
  #reject: (fault: unknown) => void = () => {};
  #columns: readonly Column[] = [];
  #rows: Row[] = [];

  constructor(steps: readonly Step[], prepared: Prepared) {
    this.#steps = steps;
    this.#prepared = prepared;
    this.answers = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    for (const step of this.#steps) this.#send(wire, step);
    wire.sync();
    wire.stream.uncork();
  }

  #send(wire: Wire, { sql, values = [] }: Step): void {
    const name = this.#prepared.nameOf(sql);
    const known = this.#prepared.known.get(name);
    if (known === 'unsure') wire.close({ type: 'S', name });
    if (known !== 'prepared') {
      wire.parse({ text: sql, name });
      if (name !== '') {
        this.#prepared.known.set(name, 'prepared');
        this.#fresh.push(name);
      }
    }
    wire.bind({ statement: name, values, valueMapper: asParameter });
    wire.describe({ type: 'P' });
    wire.execute({});
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.#columns = fields;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    this.#columns.forEach(({ name, dataTypeID }, at) => {
      const text = fields[at] ?? null;
      row[name] = text === null ? null : read(dataTypeID, text);
    });
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#answered.push({ rows: this.#rows, count: Number(/\d+$/.exec(text)?.[0] ?? 0) });
    this.#columns = [];
    this.#rows = [];
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#answered);
  }

  /** PIPE-2: what was to be prepared behind the failure was not, and nobody says how far it came. */
  handleError(fault: unknown): void {
    for (const name of this.#fresh) this.#prepared.known.set(name, 'unsure');
    this.#reject(fault);
  }

  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

const asParameter = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value);

const BOOL = 16;
const BYTEA = 17;
const NUMBERS = new Set([20, 21, 23, 1700]);

function read(type: number, text: string): unknown {
  if (NUMBERS.has(type)) return Number(text);
  if (type === BYTEA) return readBytes(text);
  return type === BOOL ? text === 't' : text;
}

const HEX = '\\x';
const ESCAPED = /\\(\\|[0-7]{3})/g;

/** In the form that `bytea_output` says, which a server, a database or a role may set. Both tell themselves apart. */
const readBytes = (text: string): Buffer =>
  text.startsWith(HEX)
    ? Buffer.from(text.slice(HEX.length), 'hex')
    : Buffer.from(
        text.replace(ESCAPED, (_, sign: string) => unescaped(sign)),
        'latin1',
      );

const unescaped = (sign: string): string =>
  sign === '\\' ? sign : String.fromCharCode(Number.parseInt(sign, 8));
