import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type Client } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { newDatabase } from './databases.ts';
import { enrol } from '../serving/enrol.ts';

const BOOKINGS = 20;
const undone = (operation: string) => ({
  record: { system: 'erp', operation, input: '${ [item, phases.book.one.outputs[index]] }' },
});
const DEFINITION = {
  id: 'booking',
  phases: [
    {
      id: 'book',
      steps: [
        {
          id: 'one',
          forEach: Array.from({ length: BOOKINGS }, (_, at) => `item-${at}`),
          record: { system: 'erp', operation: 'book', input: '${ item }' },
          compensate: undone('unbook'),
        },
      ],
    },
    {
      id: 'agree',
      needs: ['book'],
      steps: [{ id: 'yes', task: { by: 'human', from: 'role:administrator' } }],
    },
  ],
};

/** A system of record, which does what it is asked until it has done so many. */
async function serve(system: Client, most: number, books: Map<string, string[]>): Promise<void> {
  for (let served = 0; served < most; served += 1) {
    const { task } = await system.task.claimNext({ waitSeconds: 5 });
    if (!task) return;
    const { operation, input } = task.input as { operation: string; input: unknown };
    books.set(task.id, [operation, JSON.stringify(input)]);
    await system.task.complete({ id: task.id, token: task.token, output: `ref of ${JSON.stringify(input)}` });
  }
}

test('runs that are removed undo what they did, each once, the last first, though the server ends in the middle of it', async (t) => {
  const databaseUrl = await newDatabase();
  let server = await openServer({ databaseUrl, port: 0 });
  t.after(() => server.stop());
  const token = server.adminToken ?? '';
  const admin = createClient({ url: server.url, token });
  const { secret } = await enrol(admin, { kind: 'system', name: 'erp', capacity: 1 });
  await admin.workflow.saveDefinition({ document: DEFINITION });
  const runs = [];
  for (let at = 0; at < 3; at += 1) runs.push((await admin.workflow.start({ definition: 'booking' })).id);
  const books = new Map<string, string[]>();
  await serve(createClient({ url: server.url, token: secret }), 3 * BOOKINGS, books);
  assert.equal(books.size, 3 * BOOKINGS);
  const [first = ''] = runs;
  const receipt = await admin.workflow.cancel({ id: first, reason: 'the price was wrong', runs: 'all' });
  assert.equal(receipt.status, 'closing');
  await serve(createClient({ url: server.url, token: secret }), 25, books);
  await server.stop();

  server = await openServer({ databaseUrl, port: 0 });
  const again = createClient({ url: server.url, token });
  await serve(createClient({ url: server.url, token: secret }), 2 * BOOKINGS + 100, books);
  for (const run of runs) {
    const { status, failure, steps } = await again.workflow.getRun({ id: run });
    assert.deepEqual([status, failure?.message], ['cancelled', 'the price was wrong']);
    const undo = steps.find(({ compensates }) => compensates === 'book.one');
    assert.deepEqual([undo?.status, undo?.progress.succeeded], ['completed', BOOKINGS]);
    const { events } = await again.run.events({ id: run, limit: 1000 });
    const opened = events.filter(({ type }) => type === 'compensation.opened');
    assert.deepEqual(
      opened.map(({ payload }) => payload['slots']),
      [Array.from({ length: BOOKINGS }, (_, at) => BOOKINGS - 1 - at)],
    );
    const closing = events.find(({ type }) => type === 'run.closing');
    assert.deepEqual(
      [closing?.actor, closing?.authority.kind, closing?.authority.id],
      ['passport_human_admin', 'role', 'administrator'],
    );
  }
  const undoings = [...books.values()].filter(([operation]) => operation === 'unbook');
  const each = new Map(
    [...books.values()].map(([operation = '', input = '']) => [`${operation} ${input}`, 0]),
  );
  for (const [operation, input] of books.values()) {
    const key = `${operation} ${input}`;
    each.set(key, (each.get(key) ?? 0) + 1);
  }
  assert.equal(undoings.length, 3 * BOOKINGS, 'nothing is undone twice');
  assert.ok(
    [...each.values()].every((times) => times === 3),
    'everything that was booked is unbooked, in each run',
  );
  assert.ok((await again.ledger.checkpoint({})).size > 0);
});
