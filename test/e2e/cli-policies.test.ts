import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Site } from './cli-kit.ts';

const site = new Site();
type Env = { readonly env: NodeJS.ProcessEnv };
let [ann, admin] = [{ env: {} }, { env: {} }] as [Env, Env];
before(async () => {
  await site.serve();
  ann = await site.participant('Ann', '--kind', 'human', '--role', 'manager');
  admin = await site.participant('Ada', '--kind', 'human', '--role', 'administrator');
});
after(() => site.close());

const write = (name: string, text: string): string => {
  const path = join(site.folder, name);
  writeFileSync(path, text);
  return path;
};
const LETTER = `
id: letter
name: A letter
input: { type: object }
phases: [{ id: write, steps: [{ id: draft, task: { by: human, from: 'role:clerk' } }] }]
`;
const started = async (text = 'Dear all'): Promise<string> => {
  const file = write('letter.yaml', LETTER);
  return (await site.json<{ id: string }>('run', file, '--input', JSON.stringify({ text }))).id;
};

const POLICY =
  'id: no-letters\non: run.start\nwhen: definition.id == "letter"\neffect: deny\nreason: No letters.\n';
const propose = (...args: string[]) =>
  site.json<{ id: string; digest: string; name: string; version: number }>('policies', 'propose', ...args);

test('a policy is tried before it holds: on runs that were, and on an act', async () => {
  const run = await started();
  const file = write('policy.yaml', POLICY);
  const tried = await site.run(['policies', 'simulate', file, '--run', run]);
  assert.equal(tried.code, 0, tried.err);
  assert.match(
    tried.out,
    /1 would be decided differently[\s\S]*run\.start +stricter +allow +deny +No letters\./,
  );
  assert.equal((await site.run(['policies', 'simulate', file])).code, 2);
  const point = ['--situations', '[{ "point": "run.start", "facts": { "definition": { "id": "letter" } } }]'];
  assert.match(
    (await site.run(['policies', 'simulate', file, ...point])).out,
    /1 would be decided differently/,
  );
  const act = ['run.start', '--facts', '{ "definition": { "id": "letter", "safety": "irreversible" } }'];
  const now = await site.run(['policies', 'effective', ...act]);
  assert.equal(now.code, 0, now.err);
  assert.match(now.out, /^run\.start: \w/);
  assert.equal((await site.run(['policies', 'effective', 'run.middle'])).code, 2);
  for (const [id, effect, told] of [
    [
      'few',
      'effect: limit\ntasks: 7\ncost: { amount: 5, currency: USD }\nduration: 2h',
      /caps: tasks 7\n +caps: cost 5 USD\n +caps: duration 2 h/,
    ],
    [
      'hands',
      'effect: route_to_human\nto: [role:operator, group:desk]',
      /goes to: group:desk or role:operator/,
    ],
    ['ears', 'effect: notify\nto: group:ears', /tells: group:ears/],
  ] as const) {
    const { id: change, digest } = await propose(
      write(`${id}.yaml`, `id: ${id}\non: run.start\nwhen: definition.id == "${id}"\n${effect}\n`),
    );
    assert.equal((await site.run(['policies', 'approve', change, digest], admin)).code, 0);
    const what = ['run.start', '--facts', `{ "definition": { "id": "${id}", "safety": "irreversible" } }`];
    assert.match((await site.run(['policies', 'effective', ...what])).out, told);
  }
});

test('a policy is proposed, decided on, shown, retired, and all of it is in its history', async () => {
  const file = write('policy.yaml', POLICY);
  const first = await propose(file);
  assert.equal((await site.run(['policies', 'reject', first.id, '-r', 'no'], admin)).code, 0);
  const second = await propose(file);
  assert.equal((await site.run(['policies', 'withdraw', second.id])).code, 0);
  const third = await propose(file, '-r', 'again');
  for (const name of [third.id, 'no-letters'])
    assert.match(
      (await site.run(['policies', 'show', name])).out,
      /no-letters, version \d[^]*status +proposed[^]*"effect": "deny"/,
    );
  const approved = await site.run(['policies', 'approve', third.id, third.digest], admin);
  assert.match(approved.out, /^no-letters@\d is in force\.\n +Runs that have begun keep [^]*--running/);
  const shown = await site.run(['policies', 'show', 'no-letters']);
  assert.match(
    shown.out,
    /no-letters, version \d[\s\S]*status +active[\s\S]*why +again[\s\S]*"effect": "deny"/,
  );
  const ruled = ['run.start', '--facts', '{ "definition": { "id": "letter" } }'];
  assert.match(
    (await site.run(['policies', 'effective', ...ruled])).out,
    /run\.start: deny\n[\s\S]*no-letters@\d +applies/,
  );
  const unwanted = await site.run(['policies', 'propose', '--retire', 'no-letters']);
  assert.match(unwanted.out, /^The end of no-letters is proposed\.$/m);
  assert.match(
    (await site.run(['policies', 'list'])).out,
    /^no-letters@\d +active\n([^]*\n)?the end of no-letters +proposed +change_/m,
  );
  assert.match((await site.run(['inbox'], admin)).out, /change_\w+ +the end of no-letters$/m);
  const [, kept = ''] = /policies show (change_\w+)/.exec(unwanted.out) ?? [];
  const rejected = await site.run(['policies', 'reject', kept, '-r', 'needed'], admin);
  assert.equal(rejected.out, 'The end of no-letters is rejected.\n');
  const end = await propose('--retire', 'no-letters');
  assert.match(
    (await site.run(['policies', 'show', end.id])).out,
    /change +retire policy[^]*status +proposed/,
  );
  const ended = await site.run(['policies', 'approve', end.id, end.digest, '--running'], admin);
  assert.equal(ended.out, 'no-letters has ended.\n');
  assert.match((await site.run(['policies', 'show', 'no-letters'])).err, /no policy no-letters in force/);
  const history = await site.json<{ changes: { status: string }[] }>('policies', 'history', 'no-letters');
  assert.deepEqual(
    history.changes.map(({ status }) => status),
    ['rejected', 'withdrawn', 'retired', 'rejected', 'active'],
  );
  assert.equal((await site.run(['policies', 'history', 'none'])).out, 'There is no change of none.\n');
  assert.match((await site.run(['policies', 'history'])).out, /no-letters@\d +save policy +rejected/);
  assert.equal((await site.run(['policies', 'propose'])).code, 2);
});

test('the profile is named as such, wherever it is decided on', async () => {
  const profile = 'autonomy: balanced\napproval: { from: role:administrator }\npeopleLaunch: true\n';
  const change = await propose(write('profile.yaml', profile), '--profile');
  assert.match((await site.run(['policies'])).out, /^version 1 of the profile +proposed +change_/m);
  const approved = await site.run(['policies', 'approve', change.id, change.digest], admin);
  assert.match(approved.out, /^Version 1 of the profile is in force\.\n/);
});

test('a standing grant is proposed, approved, listed and taken back', async () => {
  const policy = write(
    'refunds.yaml',
    'id: refunds\non: tool.call\nwhen: tool.name == "refund"\neffect: require_approval\nfrom: role:administrator\n',
  );
  const held = await propose(policy);
  assert.equal((await site.run(['policies', 'approve', held.id, held.digest], admin)).code, 0);
  const bot = ['--kind', 'agent', '--owner', 'passport_human_admin', '--id', 'passport_bot'];
  await site.participant('Bot', ...bot);
  const grant = write(
    'grant.yaml',
    'id: small\ntool: refund\nagents: [passport_bot]\nuses: 5\nwithin: 2d\nreason: rush\n',
  );
  assert.equal((await site.run(['grants', 'propose', grant])).code, 2);
  const args = ['grants', 'propose', grant, '--covers', `refunds@${held.version}`];
  const proposed = await site.run(args);
  assert.match(proposed.out, /look at it: humanos policies show change_\w+\n[^]*humanos policies approve/);
  const [, id = '', digest = ''] = /policies approve (\w+) (\w+)/.exec(proposed.out) ?? [];
  const shown = await site.run(['policies', 'show', id], admin);
  assert.match(shown.out, /small[^]*change +standing grant[^]*covers +refunds@\d[^]*"agents"/);
  const approved = await site.run(['policies', 'approve', id, digest], admin);
  assert.match(approved.out, /^Calls under small need no approval until 20\d\d/);
  assert.match((await site.run(['grants'])).out, /small +active +refund +0 of 5 /);
  assert.equal((await site.run(['grants', 'revoke', 'small', '-r', 'over'])).code, 0);
  assert.match((await site.run(['grants', '--status', 'active'])).out, /There are no such grants/);
});

test('whoever is asked to approve a start sees what, with which limits, who and why', async () => {
  const dear = await propose(
    write('dear.yaml', 'id: dear\non: run.start\neffect: require_approval\nfrom: role:manager\nwithin: 2h\n'),
  );
  assert.equal((await site.run(['policies', 'approve', dear.id, dear.digest], admin)).code, 0);
  const run = await started('Dear boss');
  const approved = await site.run(['approve', run], ann);
  assert.equal(approved.code, 0, approved.err);
  assert.match(approved.out, /waits for +role:manager, until 20[^]*because +dear\n/);
  assert.match(approved.out, /input\n[^]*"Dear boss"[^]*limits\n[^]*tasks +\d+[^]*is running/);
  const end = await propose('--retire', 'dear');
  assert.equal((await site.run(['policies', 'approve', end.id, end.digest], admin)).code, 0);
});

test('the emergency stop says how things stand', async () => {
  assert.match((await site.run(['emergency-stop'])).out, /Work goes on/);
  await site.run(['emergency-stop', '-r', 'fire\u001b[2J\nin the yard']);
  assert.match(
    (await site.run(['emergency-stop'])).out,
    /All work is stopped since .*: fire\[2J in the yard\n$/,
  );
  assert.equal((await site.run(['emergency-stop', '--lift'])).code, 2);
  await site.run(['emergency-stop', '--lift', '-r', 'out']);
  assert.match(
    (await site.run(['emergency-stop'], admin)).out,
    /\n\S+ has asked for work to go on; it does when somebody else[^]*humanos emergency-stop --lift/,
  );
  await site.run(['emergency-stop', '--lift', '-r', 'out'], admin);
  assert.match((await site.run(['emergency-stop', '--json'])).out, /"state": "off"/);
  const unknown = { state: 'unknown', by: null, reason: null, at: null, liftProposedBy: null };
  const server = createServer((_, response) => void response.end(JSON.stringify(unknown)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const told = await site.run(['emergency-stop'], { env: { HUMANOS_URL: `http://127.0.0.1:${port}` } });
  server.close();
  assert.equal(told.out, 'Whether work is stopped cannot be read, so nothing begins.\n');
});
