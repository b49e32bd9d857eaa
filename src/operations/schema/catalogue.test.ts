import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { HANDLERS } from '../handlers.ts';
import { CATALOGUE, PERMISSIONS, type Operation } from './index.ts';

const operations = Object.values(CATALOGUE) as Operation[];
const membersOf = ({ input }: Operation): string[] =>
  Object.keys((z.toJSONSchema(input, { io: 'input' }) as { properties?: object }).properties ?? {});

test('every operation has a name, a path and a method of its own, and a handler', () => {
  const routes = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
  assert.equal(new Set(routes).size, operations.length);
  for (const { name } of operations) {
    assert.match(name, /^[a-z]+\.[a-z_]+$/);
    assert.ok(name === 'ledger.export' || Object.hasOwn(HANDLERS, name), name);
  }
});

test('members of a path are members of the input, and texts', () => {
  for (const operation of operations)
    for (const [, member = ''] of operation.path.matchAll(/\{(\w+)\}/g))
      assert.ok(membersOf(operation).includes(member), `${operation.name} takes no ${member}`);
});

test('reads change nothing, and no operation takes what it does not know', () => {
  for (const { name, method, mutates, input, permission } of operations) {
    assert.ok(method !== 'GET' || !mutates, name);
    assert.ok(PERMISSIONS.includes(permission));
    const parsed = input.safeParse({ nobodyKnowsThis: 1 });
    assert.ok(JSON.stringify(parsed.error?.issues).includes('nobodyKnowsThis'), name);
  }
});
