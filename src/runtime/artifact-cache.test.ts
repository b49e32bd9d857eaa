import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';
import { ArtifactCache, ArtifactsRead } from './artifact-cache.ts';

const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer');
const MIB = 1024 * 1024;

test('what a command has read stays with it past what the cache holds, and past 64 MiB it is shown references (ARTIFACT-2, ARTIFACT-3)', async () => {
  const store = memoryStore();
  let reads = 0;
  const contents = new Map<string, Uint8Array>();
  store.artifact = async (name) => {
    reads += 1;
    return { sha256: name, mediaType: 'application/json', content: contents.get(name) as Uint8Array };
  };
  const names = Array.from({ length: 12 }, (_, at) => {
    const content = new TextEncoder().encode(JSON.stringify(String(at % 10).repeat(7 * MIB) + String(at)));
    const name = hash('sha256', content);
    contents.set(name, content);
    return name;
  });
  const read = new ArtifactsRead(new ArtifactCache(store, sha256));
  const shown = () => names.map((name) => typeof read.get(name));
  for (let asked = names.filter((name) => read.get(name) === undefined); asked.length > 0;) {
    await read.fetch(asked);
    asked = names.filter((name) => read.get(name) === undefined);
  }
  assert.deepEqual(shown(), [...Array(10).fill('string'), 'object', 'object']);
  assert.equal(reads, 10, 'each once, and none that is not shown');
});

test('a run whose steps read more artifacts than the cache holds goes on, and so do all others', async () => {
  const bed = await Testbed.open(passport('bot', { kind: 'agent', capabilities: ['read'], capacity: 50 }));
  const each = Array.from({ length: 10 }, (_, at) => at);
  const ask = { requires: ['read'], by: 'agent' };
  await bed.ok('root', 'workflow.save_definition', {
    document: {
      id: 'big',
      name: 'big',
      phases: [
        { id: 'a', steps: each.map((at) => ({ id: `s${at}`, task: ask })) },
        {
          id: 'b',
          needs: ['a'],
          steps: each.map((at) => ({
            id: `r${at}`,
            task: { ...ask, input: `\${ phases.a.s${at}.output }` },
          })),
        },
      ],
    },
  });
  const { id } = await bed.ok('root', 'workflow.start', { definition: 'big' });
  for (const at of each) {
    const { task } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 600 });
    const { id: held, token } = task as NonNullable<typeof task>;
    await bed.ok('bot', 'task.complete', { id: held, token, output: String(at).repeat(7.5 * MIB) });
  }
  const state = (await bed.runtime.runs.state(id))?.state;
  const tasks = Object.values(state?.tasks ?? {}).filter(({ step }) => step.startsWith('b.'));
  assert.deepEqual(
    tasks.map(({ input }) => input),
    state?.steps.slice(0, 10).map(({ output }) => output),
  );
  await bed.close();
});

test('an artifact whose content was changed in the database is neither served nor worked with', async () => {
  const bed = await Testbed.open();
  const content = Buffer.from('"a"').toString('base64');
  const name = hash('sha256', '"a"');
  await bed.ok('root', 'artifact.put', { sha256: name, content });
  const { store } = bed.runtime;
  const stored = store.artifact.bind(store);
  store.artifact = async (asked) => {
    const found = await stored(asked);
    return found && { ...found, content: new TextEncoder().encode('"b"') };
  };
  const isDamaged = { code: 'database_damaged' };
  await assert.rejects(bed.no('root', 'artifact.get', { sha256: name }), isDamaged);
  await assert.rejects(new ArtifactCache(store, sha256).fetch(name), isDamaged);
  await bed.close();
});
