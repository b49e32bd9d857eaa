import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { Pipeline } from './pipeline.ts';
import type { Answer, Prepared, Step } from './pipeline.ts';

const CONNECT_MS = 10_000;
/** No answer for this long, and the connection is taken for lost. */
const ANSWER_MS = 60_000;
/** After so long without a word the other machine is asked whether it is still there; how often, is for the system to say. */
const REST_MS = 10_000;

const names = new Map<string, string>();
/** The same on every connection, and for one text only. */
const nameOf = (sql: string): string => {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `humanos_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`;
  names.set(sql, name);
  return name;
};

/** Texts that are kept prepared: those of `sql/`, and none that are composed of filters. */
export interface Preparing {
  readonly texts: ReadonlySet<string>;
  /** False behind a pooler that does not keep them. */
  works: boolean;
}

/** One connection. What is asked at once is answered in order. */
export class Session {
  readonly #client: Client;
  readonly #prepared: Prepared;
  #isOpen = true;

  private constructor(client: Client, preparing: Preparing) {
    this.#client = client;
    const isKept = (sql: string): boolean => preparing.works && preparing.texts.has(sql);
    this.#prepared = { nameOf: (sql) => (isKept(sql) ? nameOf(sql) : ''), known: new Map() };
    const lost = (): void => {
      this.#isOpen = false;
    };
    client.on('error', lost);
    client.on('end', lost);
  }

  /** @throws what pg throws when there is no connection */
  static async connect(url: string, preparing: Preparing): Promise<Session> {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: REST_MS,
      fallback_application_name: 'humanos',
    });
    const session = new Session(client, preparing);
    await client.connect();
    return session;
  }

  /** False once the connection has been lost or closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async run(steps: readonly Step[]): Promise<readonly Answer[]> {
    const pipeline = new Pipeline(steps, this.#prepared);
    const late = setTimeout(() => this.destroy(), ANSWER_MS);
    try {
      this.#client.query(pipeline);
      return await pipeline.answers;
    } finally {
      clearTimeout(late);
    }
  }

  /** Several statements in one text, without parameters. */
  async script(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  onNotice(listener: (text: string) => void): void {
    this.#client.on('notification', ({ payload }) => listener(payload ?? ''));
  }

  onEnd(listener: () => void): void {
    this.#client.on('end', listener);
  }

  /** Does not wait for answers that are under way. */
  destroy(): void {
    this.#isOpen = false;
    const { connection } = this.#client as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#client.end();
  }
}
