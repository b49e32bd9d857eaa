import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient, type Client } from '../../src/client/index.ts';
import { ROOT, Site } from './cli-kit.ts';
import { ended } from './worker-kit.ts';

/** The code blocks of a guide whose fence says exactly this. */
const blocks = (guide: string, fence: string): string[] => {
  const text = readFileSync(join(ROOT, 'docs/guides', guide), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${fence}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code = '']) => code,
  );
};

const site = new Site();
let admin: Client;
before(async () => {
  await site.serve();
  admin = createClient({ url: site.url, token: site.adminToken });
});
after(() => site.close());

describe('write-an-agent.md', () => {
  mkdirSync(join(ROOT, '.build'), { recursive: true });
  // Within the project, so that `humanos/worker` is found as it is in a project that has it as a dependency.
  const folder = mkdtempSync(join(ROOT, '.build', 'guide-'));
  after(() => rmSync(folder, { recursive: true }));
  const begin = async (fence: string, name: string, ...options: string[]) => {
    const [code = ''] = blocks('write-an-agent.md', fence);
    const file = join(folder, `${fence.replace(' ', '-')}.ts`);
    writeFileSync(file, code);
    const { env } = await site.participant(name, ...options);
    return site.spawn(process.execPath, ['--conditions=source', file], { env });
  };
  const agent = (fence: string, ...capabilities: string[]) =>
    begin(fence, fence, ...capabilities.flatMap((name) => ['--capability', name]));

  test('ten lines are an agent', async () => {
    const running = await agent('ts agent', 'word_count');
    const [source = ''] = blocks('write-an-agent.md', 'yaml definition');
    const { definition } = await admin.workflow.saveDefinition({ source });
    const { id } = await admin.workflow.start({
      definition: definition.id,
      input: { texts: ['to be or not to be'] },
    });
    assert.deepEqual((await ended(admin, id)).output, { counts: [{ words: 6, distinct: 4 }] });
    assert.equal((await running.stop()).code, 0);
  });

  test('a system of record writes what it is asked to, once, and confirms it', async () => {
    const running = await begin('ts record', 'bank', '--kind', 'system');
    const [source = ''] = blocks('write-an-agent.md', 'yaml record');
    const { definition } = await admin.workflow.saveDefinition({ source });
    const input = { account: 'NL91ABNA0417164300', amount: 12.5 };
    const { id } = await admin.workflow.start({ definition: definition.id, input });
    const { output, usage } = await ended(admin, id);
    assert.deepEqual([output, usage.tasks], [{ transfer: `${id}/pay.transfer/0/1` }, 2]);
    assert.equal((await running.stop()).code, 0);
  });

  test('a program without a capability takes whatever comes', async () => {
    const { env } = await site.participant('archive', '--kind', 'system');
    const program = site.start(['worker', '--exec', `echo '"kept"'`], { env });
    const record = { system: 'archive', operation: 'keep', input: 1 };
    const document = { id: 'keep', name: 'Keep', phases: [{ id: 'a', steps: [{ id: 'b', record }] }] };
    await admin.workflow.saveDefinition({ source: JSON.stringify(document) });
    const { id } = await admin.workflow.start({ definition: 'keep' });
    assert.equal((await ended(admin, id)).steps[0]?.output, 'kept');
    await program.stop();
  });

  const one = async (capability: string, input: object, output?: object) => {
    const task = { requires: [capability], by: 'agent', input: { ...input }, ...(output && { output }) };
    const document = {
      id: capability,
      name: capability,
      phases: [{ id: 'a', steps: [{ id: 'b', task, retry: { attempts: 1 } }] }],
    };
    await admin.workflow.saveDefinition({ source: JSON.stringify(document) });
    return ended(admin, (await admin.workflow.start({ definition: capability })).id);
  };

  test('failures say what they are', async () => {
    const running = await agent('ts failing', 'reading');
    const web = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    assert.deepEqual((await one('reading', { url: `http://127.0.0.1:${port}` })).steps[0]?.output, {
      status: 200,
    });
    web.closeAllConnections();
    await promisify(web.close.bind(web))();
    assert.equal(
      (await one('reading', { url: `http://127.0.0.1:${port}` })).failure?.code,
      'source_unreachable',
    );
    assert.equal((await one('reading', { url: 'nowhere' })).failure?.code, 'url_malformed');
    await running.stop();
  });

  test('a result that was refused is mended', async () => {
    const running = await agent('ts mending', 'word_estimate');
    const output = { type: 'object', required: ['words'], properties: { words: { type: 'integer' } } };
    const run = await one('word_estimate', { text: 'to be or not' }, output);
    assert.deepEqual(run.steps[0]?.output, { words: 2 });
    await running.stop();
  });
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const skip =
  hasCurl || process.env['CI'] ? false : 'curl is not there: install it to have the protocol guide tested';

test('worker-protocol.md can be run from top to bottom', { skip }, async () => {
  const script = ['set -eu', ...blocks('worker-protocol.md', 'sh')].join('\n');
  const { code, out, err } = await site.spawn('bash', ['-c', script], { cwd: site.folder }).ended;
  assert.equal(code, 0, err);
  assert.deepEqual(out.trim().split('\n'), ['completed', 'output_invalid', 'failed']);
});
