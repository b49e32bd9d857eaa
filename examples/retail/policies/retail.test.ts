/** What the policies of the example say of each tool, whatever the autonomy of the organisation, and that its definition has no fault. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { checkDefinition, parseDefinition, type JsonObject } from '../../../src/definition/index.ts';
import { asksApproval, AUTONOMIES, checkPolicy } from '../../../src/policy/index.ts';
import { facts, policies, rule } from '../../../test/policy-kit/index.ts';
import { TOOLS } from '../testing/small-shop.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const DOCUMENTS = parse(read('retail.yaml')) as JsonObject[];
const SET = policies(...DOCUMENTS);

test('the policies have no fault', () => {
  for (const document of DOCUMENTS)
    assert.deepEqual(checkPolicy(document, { roles: new Set(['customer-representative']) }), []);
});

test('the definition has no fault', () => {
  const parsed = parseDefinition(read('../definition.yaml'));
  assert.equal(parsed.ok, true);
  if (parsed.ok)
    assert.deepEqual(checkDefinition(parsed.document, { capabilitiesHeld: new Set(['retail_service']) }), []);
});

for (const autonomy of AUTONOMIES)
  for (const tool of TOOLS)
    test(`${tool.name} in a ${autonomy} organisation`, () => {
      const named = {
        name: `retail/${tool.name}`,
        class: tool.class === 'read' ? 'read_only' : 'consequential',
      };
      const ruling = rule(SET, 'tool.call', facts('tool.call', { tool: named }), autonomy);
      const route = ruling.obligations.find(({ kind }) => kind === 'route');
      const asked = asksApproval(ruling).map(({ from, quorum, everyTime }) => ({ from, quorum, everyTime }));
      const representative = ['role:customer-representative'];
      if (tool.class === 'read') assert.deepEqual([ruling.verdict, ruling.obligations], ['allow', []]);
      else if (tool.class === 'escalate')
        assert.deepEqual(route && 'to' in route ? route.to : null, representative);
      else
        assert.deepEqual(
          [ruling.verdict, route, asked],
          ['require_approval', undefined, [{ from: representative, quorum: 1, everyTime: true }]],
        );
    });
