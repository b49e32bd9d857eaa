import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { serverOf, tell } from '../../test/cli-kit/index.ts';
import { moment } from './layout.ts';
import type { LedgerReport, Roots } from './index.ts';

/** What commands tell people of what they refuse, and of what the server does. */

const said = async (...args: string[]): Promise<string[]> => {
  const { code, out, err } = await tell(args);
  assert.deepEqual([code, out], [2, '']);
  return stripVTControlCharacters(err).split('\n');
};

const refusing = (t: TestContext, problem: object, status = 422) => serverOf(t, () => problem, status);

test('a value that is not possible is told with what it was given to', async () => {
  for (const [args, first] of [
    [['serve', '--port', 'abc'], '--port: abc is not possible here.'],
    [['run', 'x', '--priority', '99'], '--priority: 99 is not possible here.'],
    [['runs', '-n', '0'], '--limit: 0 is not possible here.'],
    [['participants', 'away', '--until', 'soon'], '--until: soon is no time.'],
    [['plan', 'read it', '--deadline', 'soon'], '--deadline: soon is no time.'],
    [['run', 'x', '--input', '@'], '--input names no file.'],
    [['runs', '--status', 'running,nope'], '--status: nope is not possible here.'],
    [['tasks', '--status', 'nope'], '--status: nope is not possible here.'],
    [['archive', '--older-than', '90d', '--to', ''], '--to: No folder is named.'],
    [['serve', '--archive-older-than', '90d', '--archive-to', ''], '--archive-to: No folder is named.'],
  ] as const)
    assert.equal((await said(...args))[0], first);
  const { code, err } = await tell(['serve'], {}, undefined, { HUMANOS_PORT: 'abc' });
  assert.equal(code, 2);
  assert.match(err, /^HUMANOS_PORT: abc is not possible here\./m);
});

test('a word that is no command is called that', async () => {
  for (const [args, word] of [
    [['participants', 'foo'], 'foo'],
    [['ledger', 'a.b', 'c'], 'a.b'],
    [['help', 'foo'], 'foo'],
  ] as const) {
    assert.equal((await said(...args))[0], `error: unknown command '${word}'`);
    const { err } = await tell([...args, '--json']);
    assert.equal((JSON.parse(err) as { error: { why: string } }).error.why, `unknown command '${word}'`);
  }
  assert.match((await said('participants', 'list', 'foo'))[0] ?? '', /too many arguments for 'list'/);
  assert.match((await tell(['help', 'runs'])).out, /list runs, newest first/);
});

test('an argument that is empty is asked for, and an option without a meaning is refused', async () => {
  assert.match(
    (await said('show', '')).join('\n'),
    /^It could not be shown\.\n {2}why: An argument is empty/,
  );
  assert.match((await said('watch', 'run_1', '--after', '3')).join('\n'), /--after is about events/);
});

test('a server that leaves archiving to others is not told to archive', async () => {
  const [database, archive] = [
    ['--database', 'postgres://nowhere/none'],
    ['--archive-older-than', '90d', '--archive-to', 'archives'],
  ];
  for (const role of ['api', 'worker'])
    assert.match(
      (await said('serve', ...database, '--role', role, ...archive)).join('\n'),
      /why: The role \w+ leaves archiving to other servers\.\n {2}next: .*scheduler or all/,
    );
  const serve: Roots['serve'] = async ({ role, archive: setting }) => {
    throw new Error(`${role} ${setting?.folder}`);
  };
  const shared = { HUMANOS_ARCHIVE_OLDER_THAN: '90d', HUMANOS_ARCHIVE_TO: 'archives' };
  for (const [given, env, outcome] of [
    [['--role', 'scheduler', ...archive], {}, 'scheduler archives'],
    [['--role', 'api'], shared, 'api undefined'],
    [['--role', 'scheduler'], shared, 'scheduler archives'],
  ] as const)
    assert.match(
      (await tell(['serve', ...database, ...given], { serve }, undefined, env)).err,
      new RegExp(outcome),
    );
});

test('advice for programs is given in commands', async (t) => {
  const problem = { code: 'token_missing', detail: 'Send `Authorization`.', remediation: 'Send it.' };
  refusing(t, problem, 401);
  const { err } = await tell(['runs']);
  assert.match(err, /why: No token is given\.\n {2}next: .*export HUMANOS_TOKEN=…, or --token/);
  assert.doesNotMatch(err, /Authorization/);
  refusing(
    t,
    { code: 'run_unknown', detail: 'There is no run x.', remediation: '`workflow.list_runs`' },
    404,
  );
  assert.match((await tell(['show', 'x'])).err, /next: List the runs: humanos runs\n/);
  refusing(t, { code: 'rejected_by_x', detail: 'No.', remediation: 'Do this.' }, 404);
  assert.match((await tell(['show', 'x'])).err, /next: Do this\.\n/);
});

test('another server than this is taken for what it is', async (t) => {
  t.mock.method(globalThis, 'fetch', async () => new Response('<h1>no</h1>', { status: 404 }));
  assert.match(
    (await tell(['runs'])).err,
    /next: Is that a HumanOS server\? .*HUMANOS_URL[^]*code: http_404/,
  );
});

test('what is wrong is told once, in the reason or in the list', async (t) => {
  const [a, b] = [
    { path: 'phases[0]', message: 'It is empty.' },
    { path: 'id', message: "'id' is missing." },
  ];
  const told = async (detail: string, ...problems: object[]) => {
    refusing(t, { code: 'definition_invalid', detail, problems });
    const { err } = await tell(['run', 'x']);
    return stripVTControlCharacters(err).split('\n').slice(1, -3);
  };
  assert.deepEqual(await told('It has 2 problems: It is empty.', a, b), [
    '  why: It has 2 problems:',
    '    phases[0]: It is empty.',
    "    id: 'id' is missing.",
  ]);
  assert.deepEqual(await told('It is not right. phases[0]: It is empty.', a), [
    '  why: It is not right. phases[0]: It is empty.',
  ]);
  serverOf(t, () => ({
    ok: false,
    problems: [{ severity: 'error', path: '', message: 'Line 2, column 5: no.', line: 2 }],
  }));
  const { out } = await tell(['definitions', 'check', import.meta.filename]);
  assert.equal(out, 'error: Line 2, column 5: no.\nIt cannot be saved as it is.\n');
});

const UNVERIFIED: LedgerReport = {
  verified: false,
  entries: 0,
  pending: 0,
  archived: 0,
  part: false,
  absent: 0,
  runs: 0,
  checkpoint: null,
  problems: [],
  problemCount: 1,
};

test('a file that is no ledger, or no checkpoint, accuses nobody', async () => {
  const headline = async (entries: number, code: string, line?: number) => {
    const problems = [{ code, message: '', ...(line !== undefined && { line }) }];
    const report = async () => ({ ...UNVERIFIED, entries, problems });
    return (await tell(['ledger', 'verify', '--file', 'x'], { verifyExport: report })).out.split('\n')[0];
  };
  assert.equal(
    await headline(0, 'export_malformed', 1),
    'The file is no exported ledger that this release can read.',
  );
  assert.equal(await headline(9, 'export_malformed', 7), 'The ledger is not as it was written.');
  assert.match(
    (await headline(9, 'note_malformed')) ?? '',
    /^It could not be compared with the checkpoint\. Nothing wrong was found/,
  );
});

test('a worker is no person', async (t) => {
  serverOf(t, () => ({ id: 'passport_1', name: 'Ada', kind: 'human' }));
  const work = () => assert.fail('it was begun');
  const { code, err } = await tell(['worker', 'x.mjs'], { work });
  assert.equal(code, 1);
  assert.match(err, /why: This is the token of Ada, a person[^]*participants add .* --issue-token/);
});

test('a webhook that gives no good answer ends with 1, and says what to look at', async (t) => {
  for (const [answer, code] of [
    [{ status: 204, error: null }, 0],
    [{ status: 500, error: null }, 1],
    [{ status: null, error: 'no route' }, 1],
  ] as const) {
    serverOf(t, () => answer);
    const told = await tell(['webhooks', 'test', 'w_1']);
    assert.equal(told.code, code);
    assert.equal(told.out.includes('next: '), code === 1, told.out);
  }
});

test('why a task went somewhere begins with who has it since, or how it ended', async (t) => {
  const words = ['Waits: somebody is eligible, and nobody can take it now (best_fit).', '1 considered.'];
  const told = async (task: object) => {
    const explanation = { words, choice: { kind: 'waiting', for: null }, at: 0, holds: true };
    serverOf(t, () => ({
      id: 'r:a.b',
      assignee: null,
      startedAt: null,
      endedAt: null,
      explanation,
      ...task,
    }));
    return (await tell(['show', 'r:a.b', '--why'])).out.split('\n');
  };
  const at = moment(0);
  assert.equal((await told({}))[0], `r:a.b: At ${at}: ${words[0]}`);
  const [taken = '', before] = await told({ assignee: 'passport_x', startedAt: 0, status: 'completed' });
  assert.match(taken, /^r:a\.b: Held by passport_x, who began at 19/);
  assert.equal(before, `  Before that, at ${at}: ${words[0]}`);
  assert.match((await told({ status: 'obsolete', endedAt: 0 }))[0] ?? '', /^r:a\.b: It ended obsolete at 19/);
  const explanation = {
    words: ['Assigned to X (best_fit).'],
    choice: { kind: 'assigned', to: 'x' },
    at: 0,
    holds: true,
  };
  assert.equal(
    (await told({ assignee: 'x', startedAt: 0, explanation }))[0],
    `r:a.b: At ${at}: Assigned to X (best_fit).`,
  );
  const over = { ...explanation, holds: false };
  assert.deepEqual((await told({ status: 'ready', explanation: over })).slice(0, 2), [
    'r:a.b: Nobody has it any more.',
    `  Before that, at ${at}: Assigned to X (best_fit).`,
  ]);
  const declined = { ...over, words: ['Offered to X (offer).'], choice: { kind: 'offered', to: ['x'] } };
  assert.deepEqual((await told({ status: 'ready', explanation: declined })).slice(0, 2), [
    'r:a.b: Nobody to whom it was offered can take it any more.',
    `  Before that, at ${at}: Offered to X (offer).`,
  ]);
  const met = {
    ...over,
    words: ['Nobody is eligible. Missing: y.'],
    choice: { kind: 'nobody', missing: 'y' },
  };
  assert.deepEqual((await told({ status: 'ready', explanation: met })).slice(0, 2), [
    'r:a.b: Somebody is eligible by now.',
    `  Before that, at ${at}: Nobody is eligible. Missing: y.`,
  ]);
});

test('what nobody was asked about says why: it names somebody, or is not given out yet', async (t) => {
  const told = async (task: object) => {
    const held = { id: 'r:a.b', status: 'created', from: [], activateAt: null, rules: null };
    serverOf(t, () => ({ ...held, explanation: null, ...task }));
    return (await tell(['show', 'r:a.b', '--why'])).out.trim();
  };
  assert.match(await told({ from: ['role:x'], status: 'ready' }), /is for whoever it names/);
  assert.match(await told({ activateAt: 0 }), /^r:a\.b is given out at 19/);
  assert.match(await told({ rules: { activation: 'manual' } }), /once an administrator activates it/);
  assert.doesNotMatch(await told({ status: 'exited' }), /names/);
});

test('a run that pauses again at once was not resumed, and says why', async (t) => {
  const reason = 'The run has used its limit of 2 tasks.';
  const server = (status: string) =>
    serverOf(t, (path) =>
      path.endsWith('/resume')
        ? { id: 'run_1', status, sequence: 9 }
        : { id: 'run_1', status, verdict: { verdict: 'blocked', reason } },
    );
  server('paused');
  const { code, out } = await tell(['resume', 'run_1']);
  assert.deepEqual([code, out], [1, `run_1 is paused again: ${reason}\n`]);
  server('pending_approval');
  assert.equal((await tell(['resume', 'run_1'])).out, 'run_1 is pending_approval.\n');
  server('running');
  assert.deepEqual(await tell(['resume', 'run_1']).then((told) => [told.code, told.out]), [
    0,
    'run_1 is resumed.\n',
  ]);
});

test('what is nowhere on the server is asked for at the wrong address', async (t) => {
  refusing(t, { code: 'path_unknown', detail: 'There is nothing at /v1/v1/runs.' }, 404);
  assert.match((await tell(['runs'])).err, /next: .*without \/v1/);
});

test('a plan has its deadline as other commands have theirs', async (t) => {
  let sent = '';
  serverOf(t, (_, body) => {
    sent = body;
    return { id: 'plan_1' };
  });
  await tell(['plan', 'read it', '--deadline', '1h', '--json']);
  const { deadline } = JSON.parse(sent) as { deadline: number };
  assert.ok(Math.abs(deadline - Date.now() - 3_600_000) < 10_000, sent);
});

test('what is saved is started with an input where it takes one', async (t) => {
  const definition = { id: 'd', version: 1, digest: 'x', name: 'D' };
  serverOf(t, () => ({ definition, problems: [] }));
  for (const [input, next] of [
    ['', 'start it: humanos run d'],
    ['input: { type: object }', 'start it: humanos run d'],
    [
      'input: { type: object, required: [file, sum] }',
      `start it: humanos run d --input '{ "file": …, "sum": … }'`,
    ],
  ] as const) {
    const file = join(mkdtempSync(join(tmpdir(), 'humanos-cli-')), 'd.yaml');
    writeFileSync(file, `id: d\n${input}\n`);
    assert.equal((await tell(['definitions', 'save', file])).out.trim().split('\n  ')[1], next);
  }
});

test('whoever decides by hand, and cannot be asked, says that they mean it', async (t) => {
  const asked = refusing(t, { code: 'task_unknown', detail: 'There is none.', remediation: 'Look.' }, 404);
  const byHand = (...args: string[]) => tell(args, {}, undefined, {}, { isTTY: true });
  for (const command of ['approve', 'reject', 'request-changes', 'abstain']) {
    const { code, err } = await byHand(command, 'run_1:p.a:1.1', '-r', 'so');
    assert.equal(code, 2);
    assert.match(err, /You cannot be asked[^]*--yes, or --subject/);
  }
  assert.equal(asked.mock.callCount(), 0);
  for (const meant of [['-y'], ['--subject', 'x'], ['--json']]) {
    const { err } = await byHand('approve', 'run_1:p.a:1.1', ...meant);
    assert.match(err, /task_unknown/);
  }
  assert.match((await tell(['approve', 'run_1:p.a:1.1'])).err, /task_unknown/, 'a script');
});
