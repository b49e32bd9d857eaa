/** What was changed in the database, past the ledger, is not acted on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { DocumentKind, StoredDocument } from '../store/index.ts';

const WORK = { id: 'a', task: { requires: ['work'], by: 'agent' } } as const;
const CLOSED = { id: 'closed', on: 'run.start', effect: 'deny', code: 'closed', reason: 'Not now.' } as const;

/** Another server on the same database, in which documents of a kind have a word changed. */
async function altered(bed: Testbed, kind: DocumentKind, word: string, other: string): Promise<Testbed> {
  await bed.runtime.stop();
  const { store } = bed;
  const change = (found: StoredDocument): StoredDocument => ({
    ...found,
    body: JSON.parse(JSON.stringify(found.body).replace(word, other)) as StoredDocument['body'],
  });
  const [one, page] = [store.document.bind(store), store.documents.bind(store)];
  store.document = async (asked, id) => {
    const found = await one(asked, id);
    return found && asked === kind ? change(found) : found;
  };
  store.documents = async (asked, request) => {
    const found = await page(asked, request);
    return asked === kind ? { ...found, rows: found.rows.map(change) } : found;
  };
  const later = new Testbed(store);
  await later.runtime.start();
  return later;
}

test('a definition that does not give its digest', async () => {
  const bed = await Testbed.open(passport('robot', { kind: 'agent', capabilities: ['work', 'other'] }));
  const definition = await bed.define(WORK);
  const later = await altered(bed, 'definition_version', '"work"', '"other"');
  await assert.rejects(later.no('root', 'workflow.start', { definition }), { code: 'database_damaged' });
  await assert.rejects(later.no('root', 'workflow.get_definition', { id: definition }), {
    code: 'database_damaged',
  });
  await later.close();
});

test('runs of a definition that does not give its digest are listed beside others, and as blocked', async () => {
  const bed = await Testbed.open(passport('robot', { kind: 'agent', capabilities: ['work', 'other'] }));
  const inner = await bed.define(WORK);
  const outer = await bed.define({ id: 'nested', workflow: { definition: inner } });
  const asked = await bed.define({ id: 'b', task: { by: 'human', from: 'role:administrator' } });
  await bed.ok('root', 'workflow.start', { definition: inner, hold: true });
  for (const definition of [outer, asked]) await bed.ok('root', 'workflow.start', { definition });
  const later = await altered(bed, 'definition_version', '"work"', '"other"');
  const { rows } = await later.ok('root', 'workflow.list_runs', {});
  const told = new Map(rows.map(({ definition, verdict }) => [definition.id, verdict]));
  assert.deepEqual(told.get(inner), {
    verdict: 'blocked',
    reason: `What is stored of the run, or of its definition ${inner}@1, cannot be read, so nothing of it goes on.`,
  });
  assert.equal(told.get(outer)?.verdict, 'blocked');
  assert.match(
    told.get(outer)?.reason ?? '',
    /^Run run_.*: What is stored of the run, or of its definition, /,
  );
  assert.equal(told.get(asked)?.verdict, 'awaiting_human');
  assert.deepEqual((await later.ok('root', 'workflow.list_runs', { awaits: 'passport_root' })).rows, []);
  await later.close();
});

test('a policy that does not give its digest: nothing begins, and that is what people are told', async () => {
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }));
  const definition = await bed.define(WORK);
  const asked = await bed.define({ id: 'b', task: { by: 'human', from: 'role:administrator' } });
  await bed.adopt({ policy: { ...CLOSED, id: 'other', on: 'record.write' } });
  const { id: run } = await bed.ok('root', 'workflow.start', { definition: asked });
  await bed.adopt({ policy: CLOSED });
  assert.equal(await bed.no('root', 'workflow.start', { definition }), 'policy_denied');
  const later = await altered(bed, 'policy_change', 'Not now', 'Not here');
  assert.equal(await later.no('root', 'workflow.start', { definition }), 'policies_unreadable');
  const [task] = (await later.ok('root', 'task.list', { run })).rows;
  assert.equal(await later.no('root', 'task.start', { id: task?.id as string }), 'policies_unreadable');
  assert.deepEqual((await later.ok('root', 'workflow.get_run', { id: run })).verdict, {
    verdict: 'blocked',
    reason: 'The policies that this run keeps cannot be read, so nothing begins.',
  });
  const told = later.faults.splice(0).map((fault) => (fault as Error).message);
  assert.deepEqual(told.toSorted(), [
    'Policy closed@1 does not give its digest: it was changed in the database after it was approved.',
    'Policy other@1 does not give its digest: it was changed in the database after it was approved.',
  ]);
  await later.close();
});
