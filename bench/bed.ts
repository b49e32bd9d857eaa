import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../src/definition/index.ts';
import type { Task } from '../src/engine/index.ts';
import { sha256 } from '../src/main/sha256.ts';
import type { Passport } from '../src/routing/index.ts';
import { attribute, Runtime, systemClock } from '../src/runtime/index.ts';
import type { Store } from '../src/store/index.ts';
import { uuidv7 } from 'uuidv7';

export { median, now } from './clock.ts';

/** A HumanOS of its own in a new folder, as it runs in production: ledger, Merkle log and, unless another store is opened, SQLite with synchronous=FULL. */
export interface Bed {
  readonly runtime: Runtime;
  readonly folder: string;
  readonly database: string;
  close(): Promise<void>;
}

const sqlite = async (file: string): Promise<Store> =>
  (await import('../src/store/sqlite/index.ts')).openSqlite(file);

export const openBed = async (
  folder = mkdtempSync(join(tmpdir(), 'humanos-bench-')),
  openStore: (file: string) => Store | Promise<Store> = sqlite,
  shared = false,
): Promise<Bed> => {
  const database = join(folder, 'humanos.sqlite');
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const runtime = new Runtime({
    store: await openStore(database),
    clock: systemClock,
    sha256,
    signer: { name: 'humanos/bench', publicKey: raw, sign: (message) => sign(null, message, privateKey) },
    shared,
    newId: () => uuidv7().replaceAll('-', ''),
    onFault: (fault) => {
      throw fault;
    },
  });
  await runtime.start();
  const close = async (): Promise<void> => {
    await runtime.stop();
    await runtime.store.close();
  };
  return { runtime, folder, database, close };
};

export const discard = (bed: Bed): void => rmSync(bed.folder, { recursive: true });

/** Bytes of all files of the database. */
export const diskBytes = (bed: Bed): number =>
  readdirSync(bed.folder).reduce((sum, name) => sum + statSync(join(bed.folder, name)).size, 0);

const OWNER_ID = 'passport_human_owner';

export const passport = (id: string, kind: Passport['kind'], more: Partial<Passport> = {}): Passport => ({
  id,
  kind,
  name: id,
  owner: kind === 'human' ? null : OWNER_ID,
  roles: [],
  groups: [],
  capabilities: [],
  status: 'available',
  capacity: 100_000,
  publicKey: null,
  createdAt: 0,
  ...more,
});

const OWNER = passport(OWNER_ID, 'human', { name: 'owner', roles: ['administrator'] });
const AGENT = passport('passport_agent_bench', 'agent', { capabilities: ['work'] });
export const MANAGER = passport('passport_human_manager', 'human', { roles: ['manager'] });

const asOwner = attribute(OWNER, { kind: 'role', id: 'administrator' });
export const asManager = attribute(MANAGER, { kind: 'role', id: 'manager' });
const asAgent = attribute(AGENT, { kind: 'definition', id: 'bench', version: '1' });

/** Registers the participants and saves the definition, unless they are there. */
export const prepare = async ({ runtime }: Bed, document: JsonObject): Promise<void> => {
  for (const participant of [OWNER, AGENT, MANAGER])
    if (!runtime.organisation.passport(participant.id))
      await runtime.organisation.register(participant, asOwner);
  if (await runtime.organisation.definition(document['id'] as string)) return;
  const saved = await runtime.organisation.saveDefinition(document, asOwner);
  if (!saved.ok) throw new Error(JSON.stringify(saved.rejection));
};

export const start = async (
  { runtime }: Bed,
  definition: string,
  input: JsonObject = {},
): Promise<string> => {
  const started = await runtime.startRun({ definition, input }, asOwner);
  if (!started.ok) throw new Error(started.rejection.message);
  return started.value.run;
};

/** `concurrency` agents in this process that do nothing but complete. */
export const agents = (
  { runtime }: Bed,
  concurrency: number,
  onTask: (task: Task) => void = () => {},
): { stop(): Promise<void> } => {
  const gone = new AbortController();
  const work = async (): Promise<void> => {
    while (!gone.signal.aborted) {
      const claim = await runtime.scheduler.claimNext({
        passport: AGENT,
        until: Date.now() + 60_000,
        leaseMs: 60_000,
        signal: gone.signal,
      });
      if (!claim.ok) throw new Error(claim.rejection.message);
      if (!claim.value) continue;
      onTask(claim.value);
      const { id, run, token } = claim.value;
      const done = await runtime.runs.execute(
        run,
        { type: 'task.complete', task: id, token, output: 1 },
        asAgent,
      );
      if (!done.ok) throw new Error(done.rejection.message);
    }
  };
  const loops = Array.from({ length: concurrency }, work);
  return {
    async stop() {
      gone.abort();
      await Promise.all(loops);
    },
  };
};

/** Resolves when `count` runs have ended from now on. */
export const ended = ({ runtime }: Bed, count: number): Promise<void> =>
  new Promise((resolve, reject) => {
    let left = count;
    const leave = runtime.feed.subscribe((entries) => {
      for (const { text } of entries) {
        if (text.includes('"type":"run.failed"')) reject(new Error(text));
        if (!text.includes('"type":"run.completed"')) continue;
        left -= 1;
        if (left === 0) {
          leave();
          resolve();
        }
      }
    });
  });
