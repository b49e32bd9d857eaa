import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Site } from './cli-kit.ts';

type Env = { readonly env: NodeJS.ProcessEnv };
const site = new Site();
let [ada, bob] = [{ env: {} }, { env: {} }] as [Env, Env];
before(async () => {
  await site.serve();
  ada = await site.participant('Ada', '--kind', 'human', '--role', 'administrator,security');
  bob = await site.participant('Bob', '--kind', 'human', '--id', 'passport_bob');
});
after(() => site.close());

const say = async (who: Env | undefined, ...args: string[]): Promise<string> => {
  const { code, out, err } = await site.run(args, who);
  assert.equal(code, 0, `${args.join(' ')}\n${err}`);
  return out;
};

const POLICY = `
id: lent
on: delegate
effect: require_approval
from: role:security
within: 8h
reason: Rights that are lent are looked at.
`;

test('work is lent by the operations that the help names', async () => {
  const [, names = ''] =
    /takes ([^\n]*\n?[^\n]*task\.complete)/.exec((await site.run(['delegations', 'create', '--help'])).out) ??
    [];
  const operations = names.replaceAll(/ and |,\s+|\s+/g, ',');
  const file = join(site.folder, 'lent-work.yaml');
  const steps = '[{ id: b, task: { by: human, from: role:administrator } }]';
  writeFileSync(file, `id: lent-work\nphases: [{ id: a, steps: ${steps} }]\n`);
  const { id } = await site.json<{ id: string }>('run', file);
  const made = await say(undefined, 'delegations', 'create', 'passport_bob', '--operation', operations);
  const delegation = /^delegation_\w+/.exec(made)?.[0] ?? '';
  const { tasks } = await site.json<{ tasks: { id: string }[] }>('show', id);
  await say(bob, '--delegation', delegation, 'complete', tasks[0]?.id ?? '', '--output', '1');
  assert.equal((await site.json<{ status: string }>('show', id)).status, 'completed');
});

test('a delegation that waits for an approval is listed, shown, approved and rejected', async () => {
  const file = join(site.folder, 'lent.yaml');
  writeFileSync(file, POLICY);
  const proposed = await say(undefined, 'policies', 'propose', file);
  const [, change = '', digest = ''] = /approve (change_\S+) (\S+)/.exec(proposed) ?? [];
  await say(ada, 'policies', 'approve', change, digest);
  const made = await say(undefined, 'delegations', 'create', 'passport_bob');
  assert.match(made, /Rights that are lent are looked at\.[^]*lent@1: waits for role:security until/);
  assert.doesNotMatch(made, /act under it/);
  assert.match(made, /^ +until +revoked\n +operations +everything$/m);
  const [, id = '', shown = ''] = /delegations approve (\S+) (\S+)/.exec(made) ?? [];
  assert.match(await say(ada, 'delegations', 'list', '--awaits', 'me'), /WAITS FOR[^]*role:security/);
  assert.match(await say(ada, 'inbox'), new RegExp(`^${id} +passport_\\S+ to passport_bob$`, 'm'));
  assert.match(await say(bob, 'inbox'), /^Nothing waits for you\.\n$/);
  const none = await say(ada, 'delegations', 'list', '--status', 'revoked');
  assert.equal(none, 'There are no such delegations.\n');
  const early = await site.run(['--delegation', id, 'runs'], bob);
  assert.match(early.err, /waits for an approval/);
  const own = await site.run(['delegations', 'approve', id, shown]);
  assert.equal(own.code, 1, 'who gives it');
  const approved = await say(ada, 'delegations', 'approve', id, shown, '-r', 'seen');
  assert.match(approved, /status\s+active[^]*lent@1: given; approved by passport_[^]*because\s+seen/);
  await say(bob, '--delegation', id, 'runs');
  await say(undefined, 'delegations', 'narrow', id, '--operation', 'task.list');
  const narrow = await site.run(['--delegation', id, 'inbox'], bob);
  assert.equal(narrow.code, 0, narrow.err);
  assert.match(narrow.err, /Starts that may wait for you could not be asked for[^]*Changes of policies/);
  assert.match(narrow.out, /^No task waits for you\.\n$/);
  const other = await say(undefined, 'delegations', 'create', 'passport_bob');
  const second = /^delegation_\w+/.exec(other)?.[0] ?? '';
  assert.match(
    await say(ada, 'delegations', 'reject', second, '-r', 'no need'),
    /status\s+rejected[^]*not given/,
  );
});
