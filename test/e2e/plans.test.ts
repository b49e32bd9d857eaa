import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, Site } from './cli-kit.ts';

interface Plan {
  readonly id: string;
  readonly status: string;
  readonly digest: string;
  readonly plannedBy: string;
  readonly guessed: boolean;
  readonly notices: readonly string[];
  readonly executionPlan: readonly { step: string; assignedTo: string | null; status: string }[];
  readonly definition: Readonly<Record<string, unknown>>;
  readonly run: { readonly id: string; readonly status: string } | null;
}

/** A model of the test's own: what it says next, and what it was asked. */
const asked: { body: string; authorization: string | undefined }[] = [];
let reply: (response: ServerResponse) => void = (response) => response.end();
const says = (content: string) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices }));
};
const model = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    asked.push({ body: Buffer.concat(chunks).toString(), authorization: request.headers.authorization });
    reply(response);
  });
});

const KEY = 'a-secret-key';
const [plain, modelled] = [new Site(), new Site()];
before(async () => {
  model.listen(0, '127.0.0.1');
  await once(model, 'listening');
  const url = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  await plain.serve();
  await modelled.serve({ HUMANOS_MODEL_URL: url, HUMANOS_MODEL: 'small', HUMANOS_MODEL_KEY: KEY });
  for (const site of [plain, modelled]) await organise(site);
});
after(async () => {
  for (const site of [plain, modelled]) await site.close();
  model.closeAllConnections();
  model.close();
});

async function organise(site: Site): Promise<void> {
  for (const [id, body] of Object.entries({
    read: { consumes: ['invoice'], produces: ['facts'], description: 'Reads invoices' },
    sum: { consumes: ['facts[]'], produces: ['summary'], description: 'Sums invoices' },
  }))
    await ask(site, 'PUT', `/v1/capabilities/${id}`, body);
  for (const name of ['read', 'sum'])
    await site.participant(name, '--kind', 'agent', '--owner', 'passport_human_admin', '--capability', name);
}

async function ask(
  site: Site,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${site.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${site.adminToken}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { httpStatus: response.status, ...((await response.json()) as object) };
}

const GOAL = 'Read the invoices and sum them';
const words = ['plan', GOAL, '--capability', 'read,sum', '--input', '{"invoices":["a","b"]}'];

describe('over HTTP', () => {
  test('POST /v1/plans answers with the execution plan, the estimates and the definition behind it', async () => {
    const plan = await ask(plain, 'POST', '/v1/plans', {
      goal: GOAL,
      requiredCapabilities: ['sum', 'read'],
      humanInLoop: true,
      priority: 8,
      deadline: '2099-01-01T00:00:00Z',
      budget: { cost: { amount: 5, currency: 'USD' }, tokens: 1000 },
      input: { invoices: ['a'] },
    });
    assert.equal(plan['httpStatus'], 201);
    const steps = plan['executionPlan'] as {
      order: number;
      requiredCapabilities: string[];
      status: string;
    }[];
    assert.deepEqual(
      steps.map(({ order, requiredCapabilities, status }) => [order, requiredCapabilities, status]),
      [
        [1, ['read'], 'planned'],
        [2, ['sum'], 'planned'],
        [3, [], 'planned'],
      ],
    );
    assert.deepEqual((plan['definition'] as { limits: { tokens: number } }).limits.tokens, 1000);
    assert.deepEqual(await ask(plain, 'GET', `/v1/plans/${plan['id'] as string}`), {
      ...plan,
      httpStatus: 200,
    });
    const held = await ask(plain, 'POST', `/v1/plans/${plan['id'] as string}/start`, {});
    assert.equal((held['run'] as { status: string }).status, 'pending_approval');
    const page = await ask(plain, 'GET', '/v1/plans?limit=1');
    assert.equal((page['rows'] as unknown[]).length, 1);
  });

  test('a goal that cannot be planned is a problem that names what is missing', async () => {
    const problem = await ask(plain, 'POST', '/v1/plans', {
      goal: GOAL,
      requiredCapabilities: ['read', 'fly'],
    });
    assert.deepEqual([problem['httpStatus'], problem['code']], [422, 'plan_impossible']);
    assert.match(problem['detail'] as string, /input does not hold|fly/);
    assert.ok(
      (problem['problems'] as { path: string }[]).some(({ path }) => path === 'fly' || path === 'invoice'),
    );
  });
});

describe('humanos plan', () => {
  test('prints a plan that people can read', async () => {
    const { code, out } = await plain.run(words);
    assert.equal(code, 0);
    for (const line of [
      /read\.each .*planned/,
      /sum\.work .*planned/,
      /time +not known/,
      /why\n/,
      /start it: humanos plan --id plan_/,
    ])
      assert.match(out, line);
    assert.match(out, /steps +nobody has all of read and sum/);
  });

  test('saves, edits and starts', async () => {
    const input = join(plain.folder, 'input.json');
    writeFileSync(input, '{"invoices":["a","b"]}');
    const made = await plain.json<Plan>(
      'plan',
      GOAL,
      '-c',
      'read',
      '-c',
      'sum',
      '-i',
      input,
      '--save',
      'sums',
    );
    assert.equal(made.status, 'draft');
    const run = await plain.json<{ id: string; status: string }>(
      'run',
      'sums',
      '--input',
      '{"invoices":["x"]}',
    );
    assert.equal(run.status, 'running', 'the template is a definition like any other');
    const file = join(plain.folder, 'edited.json');
    writeFileSync(file, JSON.stringify({ ...made.definition, name: 'Sums of ours' }));
    const started = await plain.json<Plan & { name: string }>(
      'plan',
      '--id',
      made.id,
      '--edit',
      file,
      '--start',
    );
    assert.deepEqual(
      [started.name, started.status, started.run?.status],
      ['Sums of ours', 'started', 'running'],
    );
    assert.notEqual(started.digest, made.digest);
    const at = await plain.json<Plan>('plan', '--id', made.id);
    assert.deepEqual(
      at.executionPlan.map(({ status }) => status),
      ['in_progress', 'pending'],
    );
    const { rows } = await plain.json<{ rows: { id: string }[] }>('plans', '--limit', '100');
    assert.ok(rows.some(({ id }) => id === made.id));
  });

  test('guesses from words, says so, and does not start what it guessed', async () => {
    const guess = ['plan', 'Sum the invoices', '-i', '{"invoices":["a"]}'];
    const made = await plain.json<Plan>(...guess);
    assert.deepEqual([made.guessed, made.status], [true, 'draft']);
    const { code, out, err } = await plain.run([...guess, '--start']);
    assert.equal(code, 1);
    assert.match(
      err,
      /^Plan plan_\w+ was not started\.\n +why: .*guessed.*\n +next: .*humanos plan --id plan_\w+ --start/,
    );
    assert.match(out, /start it: humanos plan --id plan_/);
    const alone = await plain.run([...words, '--approver', 'role:supervisor']);
    assert.equal(alone.code, 2);
    assert.match(alone.err, /--approver goes with --human-in-loop/);
    const nothing = await plain.run(['plan', 'Fly to the moon', '--start']);
    assert.equal(nothing.code, 1);
    assert.match(nothing.err, /^There is no plan\.\n[^]*code: plan_impossible/);
  });

  test('takes nothing for a plan there is that goes with a goal', async () => {
    const { id } = await plain.json<Plan>(...words);
    const { code, err } = await plain.run([
      'plan',
      '--id',
      id,
      '--start',
      '--human-in-loop',
      '--cost',
      '5USD',
    ]);
    assert.equal(code, 2);
    assert.match(err, /takes no --human-in-loop, --cost\./);
    assert.equal((await plain.json<Plan>('plan', '--id', id)).run, null);
  });

  test('says what stands, by its id, where a step after it is refused', async () => {
    const { env } = await plain.participant('Ada', '--kind', 'human', '--role', 'administrator');
    const policy = join(plain.folder, 'policy.yaml');
    writeFileSync(
      policy,
      'id: no-nines\non: run.start\nwhen: priority == 9\neffect: deny\nreason: No nines.\n',
    );
    const change = await plain.json<{ id: string; digest: string }>('policies', 'propose', policy);
    const approved = await plain.run(['policies', 'approve', change.id, change.digest], { env });
    assert.equal(approved.code, 0, approved.err);

    const nine = [...words, '--priority', '9'];
    const refused = await plain.run([...nine, '--save', 'nines', '--start']);
    assert.equal(refused.code, 1);
    const [, id = ''] =
      /^No run was started\. Plan (plan_\w+) is made, and saved as nines\.\n/.exec(refused.err) ?? [];
    assert.match(refused.err, new RegExp(`why: .*No nines[^]*humanos plan --id ${id} --start\n`));
    assert.equal((await plain.json<Plan>('plan', '--id', id)).run, null);

    const made = await plain.json<Plan>(...nine);
    const file = join(plain.folder, 'renamed.json');
    writeFileSync(file, JSON.stringify({ ...made.definition, name: 'Renamed' }));
    const late = await plain.run(['plan', '--id', made.id, '--edit', file, '--start']);
    assert.equal(late.code, 1);
    assert.match(
      late.err,
      new RegExp(`^Plan ${made.id} was not started\\. The plan is edited\\.\n[^]*No nines`),
    );
    assert.equal((await plain.json<Plan & { name: string }>('plan', '--id', made.id)).name, 'Renamed');
    const again = await plain.run(['plan', '--id', made.id, '--edit', join(plain.folder, 'none.json')]);
    assert.match(
      again.err,
      new RegExp(`^Plan ${made.id} was not edited\\.\n +why: .*none\\.json is not there`),
    );
  });

  test('says what is missing', async () => {
    const { code, err } = await plain.run(['plan', GOAL, '-c', 'read,fly', '-i', '{"invoices":[]}']);
    assert.equal(code, 1);
    assert.match(err, /Nobody can do fly/);
    assert.match(err, /code: plan_impossible/);
    assert.equal((await plain.run(['plan'])).code, 2);
    assert.equal((await plain.run([...words, '--cost', 'much'])).code, 2);
  });
});

describe('with a model', () => {
  const step = (id: string, capability: string) => ({
    id,
    description: `Please ${id}`,
    capabilities: [capability],
    after: [],
    by: 'any',
  });
  const good = JSON.stringify({ steps: [step('reading', 'read'), step('adding', 'sum')] });
  const made = async (): Promise<Plan> => {
    asked.length = 0;
    return modelled.json<Plan>(...words);
  };

  test('the model breaks the goal down, and is not told what the input holds', async () => {
    reply = says(good);
    const plan = await made();
    assert.deepEqual(
      [plan.plannedBy, ...plan.executionPlan.map(({ step: one }) => one)],
      ['small', 'reading.each', 'adding.work'],
    );
    assert.equal(asked[0]?.authorization, `Bearer ${KEY}`);
    assert.match(asked[0]?.body ?? '', /list of 2/);
    assert.doesNotMatch(asked[0]?.body ?? '', /"a","b"|\\"a\\"/);
  });

  test('what cannot be used goes back to it twice; then the planner makes the plan, with a notice', async () => {
    reply = says('not JSON');
    const unreadable = await made();
    assert.deepEqual([unreadable.plannedBy, asked.length], ['planner', 3]);
    reply = says('{"steps":[]}');
    const wrong = await made();
    assert.deepEqual([wrong.plannedBy, asked.length], ['planner', 3]);
    assert.match(wrong.notices.join(), /The model small made no plan, because 3 answers/);
    assert.match(asked[2]?.body ?? '', /That cannot be used/);
  });

  test('an endpoint that fails is asked once', async () => {
    reply = (response) => {
      response.statusCode = 500;
      response.end('{}');
    };
    const plan = await made();
    assert.deepEqual([plan.plannedBy, asked.length], ['planner', 1]);
    assert.match(plan.notices.join(), /because it answered with status 500/);
  });

  test('the key is told to nobody', async () => {
    const { err, out } = (await modelled.stop()) ?? { err: '', out: '' };
    assert.doesNotMatch(err + out, /a-secret-key/);
  });
});

test('a model that is named by half is refused at the start', async () => {
  const { code, err } = await plain.start(['serve', '--port', '0'], { env: { HUMANOS_MODEL: 'small' } })
    .ended;
  assert.equal(code, 2);
  assert.match(err, /HUMANOS_MODEL_URL is not set/);
});

const skip =
  spawnSync('curl', ['--version']).status === 0 || process.env['CI']
    ? false
    : 'curl is not there: install it to have the guide tested';

test('plans.md can be run from top to bottom', { skip }, async () => {
  const site = new Site();
  await site.serve();
  const guide = readFileSync(join(ROOT, 'docs/guides/plans.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, code = '']) => code);
  const program = `humanos() { '${process.execPath}' --conditions=source '${join(ROOT, 'src/main/humanos.ts')}' "$@"; }`;
  const script = ['set -eu', program, ...blocks].join('\n');
  const { code, out, err } = await site.spawn('bash', ['-c', script], { cwd: site.folder }).ended;
  assert.deepEqual([code, err.replace(/Saved as .*\n/, '')], [0, '']);
  assert.match(out, /invoice_processing\.each +passport_agent_\w+/);
  assert.match(out, /run_\w+ is stranded/);
  assert.match(out, /run_\w+ is running/);
  await site.close();
});
