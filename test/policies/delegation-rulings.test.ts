/** What is recorded of what policies say of delegations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const PEOPLE = [
  passport('officer', { roles: ['compliance'] }),
  passport('alice'),
  passport('robot', { kind: 'agent' }),
];
const LOOKED_AT = {
  id: 'looked-at',
  on: 'delegate',
  when: 'delegation.definitions.size() > 0',
  effect: 'require_approval',
  from: 'role:compliance',
};
const TOO_MANY = {
  id: 'too-many',
  on: 'delegate',
  when: 'delegation.definitions.size() > 20',
  effect: 'deny',
};
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${'d'.repeat(120)}${at}`);

test('what is kept of the facts of a ruling is bounded (RULE-2)', async (context) => {
  const bed = await Testbed.open(...PEOPLE);
  context.after(() => bed.close());
  for (const policy of [LOOKED_AT, TOO_MANY] as readonly JsonObject[]) {
    await bed.adopt({ policy });
  }
  const give = (count: number) => ({ to: 'passport_robot', scope: { definitions: names(count) } });
  await bed.ok('alice', 'delegation.create', give(20));
  assert.equal(await bed.no('alice', 'delegation.create', give(21)), 'policy_denied');
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  for (const type of ['delegation.proposed', 'access.refused']) {
    const found = events.find((event) => event.type === type);
    const { ruled } = (found?.payload ?? {}) as {
      ruled: { facts: { delegation: object } };
    };
    assert.deepEqual(Object.keys(ruled.facts.delegation), ['$sha256'], type);
  }
});
