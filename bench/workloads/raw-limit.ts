import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { now } from '../bed.ts';

/**
 * What the disk and SQLite allow: one event row and one task row per step, 50 steps to a transaction, synchronous=FULL. Events are
 * keyed by run and sequence and tasks by id, as they must be to be found again; nothing is hashed, checked or decided. Steps a second.
 */
export const rawLimit = (steps = 50_000): number => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-raw-'));
  const db = new Database(join(folder, 'raw.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE event (run TEXT, sequence INTEGER, body TEXT, PRIMARY KEY (run, sequence)) STRICT');
  db.exec('CREATE TABLE task (id TEXT PRIMARY KEY, body TEXT) STRICT, WITHOUT ROWID');
  const event = db.prepare('INSERT INTO event (run, sequence, body) VALUES (?, ?, ?)');
  const task = db.prepare('INSERT INTO task (id, body) VALUES (?, ?)');
  const body = JSON.stringify({ filler: 'x'.repeat(480) });
  const write = db.transaction((from: number) => {
    for (let step = from; step < from + 50; step += 1) {
      const run = `run_${Math.floor(step / 5)}`;
      event.run(run, step % 5, body);
      task.run(`${run}:phase.step:${step % 5}`, body);
    }
  });
  const began = now();
  for (let from = 0; from < steps; from += 50) write(from);
  const rate = (steps / (now() - began)) * 1000;
  db.close();
  rmSync(folder, { recursive: true });
  return rate;
};
