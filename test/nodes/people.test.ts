import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClient } from '../../src/client/index.ts';
import { openServer } from '../../src/main/serve.ts';
import { codeOf } from '../e2e/pile-kit.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { enrol } from '../serving/enrol.ts';

const postgres = await sharedPostgres();
const needed = { skip: skipWithout(postgres), timeout: 60_000 };

const STEP = { id: 'a', task: { by: 'human', from: 'passport_ann' } };
const DOCUMENT = { id: 'named', phases: [{ id: 'p', steps: [STEP] }] };

test(
  'a person begins what is reserved for them up to their capacity, at whatever nodes',
  needed,
  async (t) => {
    const databaseUrl = await serverOf(postgres).newSchema();
    const open = () => openServer({ databaseUrl, port: 0, log: pino({ level: 'silent' }) });
    const nodes = [await open(), await open()] as const;
    t.after(() => Promise.all(nodes.map((node) => node.stop())));
    const admin = createClient({ url: nodes[0].url, token: nodes[0].adminToken, retries: 0 });
    const ann = { id: 'passport_ann', kind: 'human', name: 'Ann', capacity: 2 } as const;
    const { secret } = await enrol(admin, ann);
    const hands = nodes.map(({ url }) => createClient({ url, token: secret, retries: 0 }));
    await admin.workflow.saveDefinition({ document: DOCUMENT });
    const tasks: string[] = [];
    for (let at = 0; at < 6; at += 1)
      tasks.push(`${(await admin.workflow.start({ definition: 'named' })).id}:p.a:1.1`);
    const start = (id: string, at: number) => codeOf(hands[at % 2]!.task.start({ id }));
    const answers = await Promise.all(tasks.map(start));
    assert.deepEqual(answers.toSorted(), [...Array<string>(4).fill('capacity_reached'), 'done', 'done']);
    const begun = tasks.find((_, at) => answers[at] === 'done');
    const rest = tasks.filter((_, at) => answers[at] !== 'done');
    await hands[0]!.task.complete({ id: begun! });
    assert.equal(await start(rest[0]!, 1), 'done', 'what has ended at another node counts no more');
    assert.equal(await start(rest[1]!, 0), 'capacity_reached');
  },
);
