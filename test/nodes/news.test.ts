import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClient } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { TWO_STEPS } from './kit.ts';

const postgres = await sharedPostgres();

test(
  'OP-4 what one server has answered counts at the next at once: nobody has to come back to the same',
  { skip: skipWithout(postgres), timeout: 60_000 },
  async (t) => {
    const databaseUrl = await serverOf(postgres).newSchema();
    const open = () => openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) });
    const one = await open();
    t.after(() => one.stop());
    const two = await open();
    t.after(() => two.stop());
    const [here, there] = [one, two].map(({ url }) =>
      createClient({ url, token: one.adminToken, retries: 0 }),
    );
    for (let round = 0; round < 5; round += 1) {
      const { id } = await here!.participant.register({
        kind: 'agent',
        name: `A${round}`,
        owner: 'passport_human_admin',
        capabilities: ['work'],
      });
      const { secret } = await there!.token.issue({ passport: id });
      const agent = createClient({ url: one.url, token: secret ?? '', retries: 0 });
      assert.equal((await agent.participant.me()).id, id);
      const definition = `two_${round}`;
      await there!.workflow.saveDefinition({ document: { ...TWO_STEPS, id: definition } });
      const run = await here!.workflow.start({ definition });
      assert.equal((await there!.workflow.getRun({ id: run.id })).status, 'running');
    }
  },
);
