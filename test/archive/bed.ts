import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { ledgerKey } from '../../src/main/ledger-key.ts';
import { openStore } from '../../src/main/open-store.ts';
import { sha256 } from '../../src/main/sha256.ts';
import { newId } from '../../src/operations/index.ts';
import { attribute, Runtime, systemClock } from '../../src/runtime/index.ts';
import type { Store } from '../../src/store/index.ts';
import { person } from '../routing-kit/person.ts';

const OWNER = person('passport_human_owner', { capacity: 1000, roles: ['administrator'] });
const AGENT = person('passport_agent_a', {
  capacity: 1000,
  kind: 'agent',
  owner: OWNER.id,
  capabilities: ['work'],
});
export const asOwner = attribute(OWNER, { kind: 'role', id: 'administrator' });

const STEP: JsonObject = { task: { requires: ['work'], by: 'agent', input: {} } };
const DEFINITIONS: readonly JsonObject[] = [
  { id: 'plain', name: 'One step', phases: [{ id: 'p', steps: [{ id: 's', ...STEP }] }] },
  {
    id: 'parent',
    name: 'A run in a run',
    phases: [{ id: 'p', steps: [{ id: 's', workflow: { definition: 'plain', input: {} } }] }],
  },
  { id: 'waiting', name: 'Waits', phases: [{ id: 'p', steps: [{ id: 's', wait: { for: '30d' } }] }] },
];

/** A database with runs that have ended and runs that have not. */
export interface ArchiveBed {
  readonly url: string;
  readonly folder: string;
  /** `id` makes the ids of runs. */
  open(id?: () => string): Promise<Runtime>;
  close(runtime: Runtime): Promise<void>;
  remove(): void;
}

export function archiveBed(newUrl: (folder: string) => string): ArchiveBed {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-archive-'));
  const url = newUrl(folder);
  return {
    url,
    folder,
    async open(id = newId) {
      const store = await openStore(url);
      const { signer } = await ledgerKey(store);
      const onFault = (fault: unknown): void => {
        throw fault;
      };
      const runtime = new Runtime({
        store,
        clock: systemClock,
        sha256,
        signer,
        newId: id,
        onFault,
        shared: !url.startsWith('sqlite:'),
      });
      await runtime.start();
      return runtime;
    },
    async close(runtime) {
      await runtime.stop();
      await runtime.store.close();
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function prepare(runtime: Runtime): Promise<void> {
  for (const participant of [OWNER, AGENT]) await runtime.organisation.register(participant, asOwner);
  for (const document of DEFINITIONS) {
    const saved = await runtime.organisation.saveDefinition(document, asOwner);
    if (!saved.ok) throw new Error(JSON.stringify(saved.rejection));
  }
}

/** A prepared runtime on a new SQLite database, and a folder for archives beside it; gone with the test. */
export async function archiving(t: TestContext) {
  const bed = archiveBed((folder) => `sqlite:${join(folder, 'humanos.sqlite')}`);
  const runtime = await bed.open();
  t.after(async () => {
    await bed.close(runtime);
    bed.remove();
  });
  await prepare(runtime);
  return { runtime, folder: bed.folder, archives: join(bed.folder, 'archives') };
}

/** The same store, on which something happens before the call with this number, of those that count. */
export function interrupted(
  store: Store,
  number: number,
  happen: () => Promise<unknown>,
  counts: (name: string | symbol, args: readonly unknown[]) => boolean,
) {
  let calls = 0;
  const proxy = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const isCounted = counts(name, args);
        if (isCounted) calls += 1;
        if (isCounted && calls === number) await happen();
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { store: proxy, calls: () => calls };
}

export async function start(runtime: Runtime, definition: string): Promise<string> {
  const started = await runtime.startRun({ definition, input: {} }, asOwner);
  if (!started.ok) throw new Error(started.rejection.message);
  return started.value.run;
}

/** Starts so many runs of a definition, does their work, and waits until the last of them has ended. */
export async function finish(runtime: Runtime, definition: string, count: number): Promise<string[]> {
  const runs = new Set<string>();
  let check = (): void => {};
  const over = new Promise<void>((resolve) => {
    const ended = new Set<string>();
    const leave = runtime.feed.subscribe((entries) => {
      for (const { stream, text } of entries) if (text.includes('"type":"run.completed"')) ended.add(stream);
      check();
    });
    check = () => {
      if (runs.size < count || ![...runs].every((run) => ended.has(run))) return;
      leave();
      resolve();
    };
  });
  const gone = new AbortController();
  const working = work(runtime, gone.signal);
  try {
    for (let at = 0; at < count; at += 1) runs.add(await start(runtime, definition));
    check();
    await over;
  } finally {
    gone.abort();
  }
  await working;
  return [...runs];
}

async function work(runtime: Runtime, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const claim = await runtime.scheduler.claimNext({
      passport: AGENT,
      until: Date.now() + 60_000,
      leaseMs: 60_000,
      signal,
    });
    if (!claim.ok || !claim.value) continue;
    const { id, run, token } = claim.value;
    const by = attribute(AGENT, { kind: 'definition', id: 'plain', version: '1' });
    await runtime.runs.execute(run, { type: 'task.complete', task: id, token, output: 1 }, by);
  }
}
