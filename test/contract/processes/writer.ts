import { writeSync } from 'node:fs';
import { openSqlite } from '../../../src/store/sqlite/index.ts';
import { append, runRow, taskRow } from '../fixtures.ts';

/**
 * A server that writes without end: each commit adds as many entries to `run_a` as to `run_b`, and when it has been acknowledged,
 * a line says how many there are. A line that has been read is a promise.
 */
const [path, text = '{}'] = process.argv.slice(2);
const store = openSqlite(path!);
let head = (await store.lastEntry('run_a'))?.sequence ?? 0;
writeSync(1, `${head}\n`);
for (let turn = 0; ; turn += 1) {
  const count = 1 + (turn % 3);
  const changes = ['run_a', 'run_b'].map((run) => {
    const written = append(run, head, count, {
      run: runRow(run, { sequence: head + count }),
      tasks: [
        taskRow(run, 'extract:1.1', { token: head + count, status: 'in_progress', leaseUntil: head + count }),
      ],
      timers: [{ id: `${run}:t`, run, due: head + count, what: {} }],
    });
    return { ...written, entries: written.entries.map((entry) => ({ ...entry, text })) };
  });
  const results = await store.commit(changes);
  if (!results.every(({ ok }) => ok)) throw new Error(JSON.stringify(results));
  head += count;
  writeSync(1, `${head}\n`);
}
