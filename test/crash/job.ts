import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEntry } from '../../src/ledger/index.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main/humanos.ts', import.meta.url));

export interface Ended {
  readonly run: string;
  readonly verdict: string;
  readonly ledger: { readonly verified: boolean };
}

/** The invoice job in a process of its own, on a database that outlives it. */
const startJob = (database: string): ChildProcess =>
  spawn(
    process.execPath,
    ['--conditions=source', PROGRAM, 'demo', '--yes', '--json', '--database', database],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );

const outputOf = (child: ChildProcess): { text: () => string } => {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return { text: () => text };
};

/** Runs the job to its end. @throws Error with what it said when it fails */
export const runJob = async (database: string): Promise<Ended> => {
  const child = startJob(database);
  const output = outputOf(child);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the job ended with ${code}: ${output.text()}`);
  return JSON.parse(output.text()) as Ended;
};

/** Starts the job and kills it, without warning, after so many milliseconds. False when it ended before. */
export const killJob = async (database: string, ms: number): Promise<boolean> => {
  const child = startJob(database);
  outputOf(child);
  const kill = setTimeout(() => child.kill('SIGKILL'), ms);
  await once(child, 'close');
  clearTimeout(kill);
  return child.signalCode === 'SIGKILL';
};

/** How often each invoice of a run was read with success, by slot. */
export const readings = async (database: string, run: string): Promise<number[]> => {
  const store = openSqlite(database, { readOnly: true });
  const times: number[] = [];
  const entries = await store.entries({ stream: run, after: 0 }, 100_000);
  for (const { text } of entries) {
    const read = readEntry(text);
    if (!read.ok) throw new Error(`an entry cannot be read: ${text}`);
    const task = read.value.payload['task'];
    const slot = typeof task === 'string' ? /:invoice_processing\.each\.(\d+):/.exec(task)?.[1] : undefined;
    if (read.value.type === 'task.completed' && slot !== undefined)
      times[Number(slot)] = (times[Number(slot)] ?? 0) + 1;
  }
  await store.close();
  return times;
};

export const withFolder = async <Value>(work: (folder: string) => Promise<Value>): Promise<Value> => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-crash-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
