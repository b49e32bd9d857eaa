import { Logger, makeWorkerUtils, run, type Runner, type TaskList } from 'graphile-worker';
import { Pool } from 'pg';
import type { Contender, Open } from '../compare/contender.ts';

const quiet = new Logger(() => () => {});
const A_YEAR = 365 * 24 * 3600 * 1000;

interface Left {
  readonly run: string;
  /** Steps to come after this one. */
  readonly left: number;
}

/** A queue knows no runs: each job adds the next, and the last of a fan-out is found by a table of the user's own. */
export const open: Open = async ({ address }, step, concurrency): Promise<Contender> => {
  const own = new Pool({ connectionString: address, max: 2 });
  const utils = await makeWorkerUtils({ connectionString: address, maxPoolSize: 20, logger: quiet });
  await utils.migrate();
  await own.query('CREATE TABLE IF NOT EXISTS fan_out (run text PRIMARY KEY, left_over integer NOT NULL)');
  const ended = new Map<string, () => void>();
  const end = (run: string): void => {
    ended.get(run)?.();
    ended.delete(run);
  };
  const endOf = (run: string): Promise<void> => new Promise((resolve) => void ended.set(run, resolve));
  const taskList: TaskList = {
    async step(payload, { addJob }) {
      const { run, left } = payload as Left;
      step();
      if (left > 0) await addJob('step', { run, left: left - 1 });
      else end(run);
    },
    async child(payload, { query }) {
      const { run } = payload as Left;
      step();
      const counted = await query<{ left_over: number }>(
        'UPDATE fan_out SET left_over = left_over - 1 WHERE run = $1 RETURNING left_over',
        [run],
      );
      if (counted.rows[0]?.left_over === 0) end(run);
    },
  };
  const runner: Runner = await run({
    taskList,
    preset: {
      worker: {
        connectionString: address,
        concurrentJobs: concurrency,
        maxPoolSize: 20,
        pollInterval: 1000,
        ...(concurrency > 1 && {
          localQueue: { size: concurrency + 1 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        }),
      },
    },
    noHandleSignals: true,
    logger: quiet,
  });
  let made = 0;
  const newId = (): string => `run-${process.pid}-${(made += 1)}`;
  const chain = async (steps: number): Promise<void> => {
    const id = newId();
    const done = endOf(id);
    await utils.addJob('step', { run: id, left: steps - 1 });
    await done;
  };
  return {
    sequence: () => chain(5),
    async fanOut(children) {
      const id = newId();
      const done = endOf(id);
      await own.query('INSERT INTO fan_out VALUES ($1, $2)', [id, children]);
      const jobs = Array.from({ length: children }, () => ({
        identifier: 'child',
        payload: { run: id, left: 0 },
      }));
      await utils.addJobs(jobs);
      await done;
    },
    loop: chain,
    /** A job for a moment far away, which the decision replaces by one for now. */
    async park() {
      const run = newId();
      const runAt = new Date(Date.now() + A_YEAR);
      await utils.addJob('step', { run, left: 0 }, { jobKey: run, runAt });
      return run;
    },
    async decide(run) {
      const done = endOf(run);
      await utils.addJob('step', { run, left: 0 }, { jobKey: run });
      await done;
    },
    async close() {
      await runner.stop();
      await utils.release();
      await own.end();
    },
  };
};
