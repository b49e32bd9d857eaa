import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundle } from '../../scripts/bundle.ts';
import type * as ClientModule from '../../src/client/index.ts';
import { ROOT, Running } from '../e2e/cli-kit.ts';

/** A package as it is installed, beside the dependencies of the project. */
const place = join(ROOT, '.build');
mkdirSync(place, { recursive: true });
const home = mkdtempSync(join(place, 'package-'));
const BIN = join(home, 'dist', 'bin');
after(() => rmSync(home, { recursive: true, force: true }));

before(async () => {
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  await bundle(BIN);
});

const program = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Running => {
  const running = new Running(process.execPath, [join(BIN, 'humanos.js'), ...args], {
    env: { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1', ...env },
    cwd: home,
  });
  after(() => running.child.kill('SIGKILL'));
  return running;
};
const serve = async (env?: NodeJS.ProcessEnv) => {
  const running = program(['serve', '--port', '0', '--json', '--database', join(home, 'h.sqlite')], env);
  const [line] = await running.until(/\{.*\}\n/);
  return { running, ...(JSON.parse(line) as { url: string; adminToken: string }) };
};

/** Files that are loaded together with a file, itself included, and what they take from elsewhere. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(BIN, file), 'utf8');
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["'];$/gm))
    if (from.startsWith('./')) loadedWith(from.slice(2), seen);
    else seen.add(from);
  return seen;
}

test('the client is there without what runs in Node alone', () => {
  const loaded = loadedWith('client.js');
  assert.deepEqual(
    [...loaded].filter((name) => !name.endsWith('.js')),
    [],
  );
  assert.ok(loaded.size <= 3, 'it is a file or two');
  assert.ok([...loadedWith('worker.js')].includes('node:crypto'), 'what is looked for would be found');
});

test('a fault names the source it comes from', async () => {
  const { err } = await program(['runs', '--url', 'http://127.0.0.1:1'], { HUMANOS_DEBUG: '1' }).ended;
  assert.match(err, /src\/client\/\w+\.ts:\d+/);
});

test('an agent of a module is worked with by the classes that it was written with', async () => {
  const agent = join(home, 'agent.mjs');
  writeFileSync(
    agent,
    `import { FinalError } from 'humanos/worker';
     export const capabilities = ['read'];
     export default () => { throw new FinalError('never', { code: 'never' }); };`,
  );
  const { createClient } = (await import(pathToFileURL(join(BIN, 'client.js')).href)) as typeof ClientModule;
  const { running, url, adminToken } = await serve();
  const admin = createClient({ url, token: adminToken });
  const owner = 'passport_human_admin';
  const { id } = await admin.participant.register({
    kind: 'agent',
    name: 'A',
    owner,
    capabilities: ['read'],
  });
  const { secret } = await admin.token.issue({ passport: id });
  const step = { id: 'a', task: { requires: ['read'], by: 'agent' }, retry: { attempts: 9 } };
  await admin.workflow.saveDefinition({ document: { id: 'one', phases: [{ id: 'p', steps: [step] }] } });
  const run = await admin.workflow.start({ definition: 'one' });
  const worker = program(['worker', agent, '--url', url], { HUMANOS_TOKEN: secret ?? '' });
  await worker.until(/never/);
  worker.child.kill('SIGTERM');
  await worker.ended;
  const { status } = await admin.workflow.getRun({ id: run.id });
  assert.equal(status, 'failed', 'nothing is tried again');
  running.child.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
});

test('nothing is kept where there is no home, and nothing said', async () => {
  const HOME = join(home, 'none');
  const { code, err } = await program(['runs', '--url', 'http://127.0.0.1:1'], { HOME }).ended;
  assert.equal(code, 3);
  assert.match(err, /^The runs could not be listed\./);
  assert.equal(existsSync(HOME), false);
});

test('what has been compiled is kept in a folder of the user, also by a server that is killed', async () => {
  const folder = join(home, '.cache', 'humanos', 'compiled');
  rmSync(folder, { recursive: true, force: true });
  const { running, url } = await serve();
  await fetch(`${url}/healthz`);
  running.child.kill('SIGKILL');
  await running.ended;
  const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  assert.ok(kept.length > 10, `${kept.length} files`);
});
