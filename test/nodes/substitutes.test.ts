import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { sharedPostgres, skipWithout } from '../postgres/index.ts';
import { until } from './kit.ts';
import { human, openTwo } from './servers.ts';

/** Who stands in for somebody, as one node has acknowledged it, binds the other, which is deaf. */
const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const SIGN: JsonObject = {
  id: 'sign',
  phases: [{ id: 'p', steps: [{ id: 'a', approval: { subject: 1, from: 'role:chief' } }] }],
};
const AWAY = { id: 'me', status: 'away', substitute: 'passport_ben' } as const;

/** An approval that waits for ana, for whom ben stands in: both nodes know it. */
async function awaited(t: TestContext) {
  const people = [human('passport_ana', ['chief']), human('passport_ben', []), human('passport_cy', [])];
  const { one, two: other, of } = await openTwo(t, postgres, people, [SIGN]);
  await one.ask(of('passport_ana'), 'participant.set_availability', AWAY);
  await until(() => other.node.runtime.organisation.directory.standIn('passport_ana') === 'passport_ben');
  const { id: run } = await other.ask(of('boss'), 'workflow.start', { definition: 'sign' });
  const { rows } = await other.ask(of('passport_ben'), 'task.list', { run, open: true });
  const decision = {
    id: rows[0]?.id ?? '',
    outcome: 'approve',
    subject: rows[0]?.approval?.subject ?? '',
  } as const;
  return { one, other, of, decision };
}

for (const [what, change, code] of [
  ['an absence that ends', { id: 'me', status: 'available' }, 'not_eligible'],
  ['an absence in which another stands in', { ...AWAY, substitute: 'passport_cy' }, 'not_eligible'],
  ['an absence in which nobody does', { ...AWAY, substitute: null }, 'not_eligible'],
  ['an absence that lasts longer', { ...AWAY, until: Date.UTC(2100, 0) }, 'done'],
] as const)
  test(`${what} on one node is one for the substitute on the other`, needed, async (t) => {
    const { one, other, of, decision } = await awaited(t);
    const caller = (await other.operations.authenticate(of('passport_ben')))!;
    await one.ask(of('passport_ana'), 'participant.set_availability', change);
    const late = await other.operations.call('task.decide', decision, caller);
    assert.equal(late.ok ? 'done' : late.rejection.code, code);
  });
