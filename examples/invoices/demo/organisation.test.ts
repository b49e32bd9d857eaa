import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServer } from '../../../src/main/serve.ts';
import { assemble } from './organisation.ts';

test('what an earlier start was given is worth nothing after the next', async (t) => {
  const server = await openServer({ databaseUrl: 'memory:', port: 0 });
  t.after(() => server.stop());
  const first = await assemble(server);
  assert.equal((await first.lead.participant.me()).name, 'Operations lead');
  const second = await assemble(server);
  assert.equal((await second.lead.participant.me()).name, 'Operations lead');
  for (const before of [first.lead, first.manager, first.administrator])
    await assert.rejects(before.participant.me(), { status: 401 });
  const { rows } = await second.administrator.token.list({ limit: 1000 });
  assert.equal(
    rows.filter(({ label, revokedAt }) => label === 'first start' && revokedAt !== null).length,
    0,
  );
});
