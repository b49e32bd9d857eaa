import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { createClient, type Client } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { TWO_STEPS } from './kit.ts';

const postgres = await sharedPostgres();

const OWNER = 'passport_human_admin';
const OPTIONS = { skip: skipWithout(postgres), timeout: 60_000 };

/** Two servers on one database, and a client of each. */
async function openTwo(t: TestContext) {
  const databaseUrl = await serverOf(postgres).newSchema();
  const open = () => openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) });
  const one = await open();
  t.after(() => one.stop());
  const two = await open();
  t.after(() => two.stop());
  const clientsOf = (token: string | undefined) =>
    [one, two].map(({ url }) => createClient({ url, token, retries: 0 })) as [Client, Client];
  return { clientsOf, clients: clientsOf(one.adminToken) };
}

test(
  'OP-4 what one server has answered counts at the next at once: nobody has to come back to the same',
  OPTIONS,
  async (t) => {
    const { clients, clientsOf } = await openTwo(t);
    const [here, there] = clients;
    for (let round = 0; round < 5; round += 1) {
      const { id } = await here.participant.register({
        kind: 'agent',
        name: `A${round}`,
        owner: OWNER,
        capabilities: ['work'],
      });
      const { secret } = await there.token.issue({ passport: id });
      const [agent] = clientsOf(secret ?? '');
      assert.equal((await agent.participant.me()).id, id);
      const definition = `two_${round}`;
      await there.workflow.saveDefinition({ document: { ...TWO_STEPS, id: definition } });
      const run = await here.workflow.start({ definition });
      assert.equal((await there.workflow.getRun({ id: run.id })).status, 'running');
    }
  },
);

test('OP-4 a webhook is known, as it is, to the server that did not write it', OPTIONS, async (t) => {
  const [here, there] = (await openTwo(t)).clients;
  const made = async (): Promise<{ id: string }> => {
    const url = 'https://93.184.216.34/hook';
    const { webhook } = await here.webhook.create({ url, events: ['run.completed'], owner: OWNER });
    return { id: webhook.id };
  };
  const acts = [
    (id: { id: string }) => there.webhook.get(id),
    (id: { id: string }) => there.webhook.update({ ...id, enabled: false }),
    (id: { id: string }) => there.webhook.rotateSecret(id),
    (id: { id: string }) => there.webhook.delete(id),
  ];
  for (let round = 0; round < 5; round += 1) {
    for (const act of acts) await act(await made());
    const id = await made();
    const description = `Round ${round}`;
    await here.webhook.update({ ...id, description });
    assert.equal((await there.webhook.get(id)).description, description);
  }
});

test(
  'KEY-3 a challenge of one server is for the newest key, and good at another, once',
  OPTIONS,
  async (t) => {
    const [here, there] = (await openTwo(t)).clients;
    const me = { id: 'me' };
    for (let round = 0; round < 5; round += 1) {
      const { publicKey, privateKey } = await here.participant.generateKey(me);
      const { nonce, message } = await there.participant.challenge(me);
      assert.ok(message.includes(publicKey), 'for the key that the other server has made');
      const key = { key: Buffer.from(privateKey ?? '', 'base64'), format: 'der', type: 'pkcs8' } as const;
      const signature = sign(null, Buffer.from(message), createPrivateKey(key)).toString('base64');
      const proofs = [here, there].map((client) => client.participant.prove({ ...me, nonce, signature }));
      const [proved, refused] = (await Promise.allSettled(proofs)).toSorted((a, b) =>
        a.status < b.status ? -1 : 1,
      );
      assert.equal(proved?.status, 'fulfilled');
      assert.equal(refused?.status === 'rejected' && refused.reason.code, 'challenge_invalid');
      await assert.rejects(there.participant.prove({ ...me, nonce, signature }), {
        code: 'challenge_invalid',
      });
    }
  },
);
