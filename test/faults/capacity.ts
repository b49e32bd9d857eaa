import assert from 'node:assert/strict';
import { setTimeout as elapse } from 'node:timers/promises';
import type { PostgresServer } from '../postgres/index.ts';

/** How much everybody may hold at once. */
export type Capacities = ReadonlyMap<string, number>;

const HELD =
  'SELECT assignee, count(*)::int AS tasks FROM tasks WHERE open AND status = 3 AND assignee IS NOT NULL GROUP BY assignee';

/**
 * Looks in the database, past every node, at who holds how much, until it is told to end; and once more then, when the database has to
 * be there. It is told by an AssertionError of SCHED-2 that somebody has held too much.
 */
export function watchCapacity(
  server: PostgresServer,
  databaseUrl: string,
  capacities: Capacities,
): () => Promise<void> {
  let over = false;
  const watch = async (): Promise<void> => {
    while (!over) {
      await look(server, databaseUrl, capacities).catch(forgiveOutage);
      await elapse(250);
    }
    await look(server, databaseUrl, capacities);
  };
  const watching = watch();
  // It is told at the end, to whom ends it.
  watching.catch(() => {});
  return () => {
    over = true;
    return watching;
  };
}

async function look(server: PostgresServer, databaseUrl: string, capacities: Capacities): Promise<void> {
  for (const { assignee, tasks } of await server.query(HELD, databaseUrl))
    assert.ok(
      (tasks as number) <= (capacities.get(assignee as string) ?? Infinity),
      `SCHED-2 ${String(assignee)} holds ${String(tasks)}`,
    );
}

/** Refused, cut off, about to start or end, or in the way of a serializable transaction: what faults of the database lead to. */
const OUTAGES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03', '40001']);
/** The driver has no codes for these. */
const CUT = /^(Connection terminated|Client has encountered a connection error)/;

/** @throws what it is given, where that is not that the database has gone away */
function forgiveOutage(fault: unknown): void {
  const { code, message } = fault as { code?: string; message: string };
  if (!OUTAGES.has(code ?? '') && !CUT.test(message)) throw fault;
}
