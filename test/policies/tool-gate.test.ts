/** The tool gate over HTTP: every way of a call, from its question to its result. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encoded, House, HOUR, WORK } from './kit.ts';

const PROFILE = {
  autonomy: 'balanced',
  approval: { from: 'role:clerk', within: '1h' },
  peopleLaunch: true,
  tools: { 'look_*': 'read_only' },
};
const POLICY = {
  id: 'refunds',
  on: 'tool.call',
  when: 'tool.name == "refund"',
  effect: 'require_approval',
  from: 'role:clerk',
  within: '1h',
};

interface Told {
  readonly request: string;
  readonly status: string;
  readonly code: string | null;
  readonly digest: string;
  readonly restsOn: readonly string[];
  readonly approvals: readonly string[];
}

async function gate() {
  const house = await House.open();
  await house.adopt({ profile: PROFILE });
  await house.adopt({ policy: POLICY });
  await house.start(await house.define(WORK));
  const task = await house.claim();
  const { token } = task;
  const asking = `/v1/tasks/${encoded(task.id)}/tool-requests`;
  const ask = (call: string, amount = 5, tool = 'refund') =>
    house.post<Told>('robot', asking, { token, call, tool, arguments: { amount } });
  const use = (told: Told, digest = told.digest) =>
    house.site.json('robot', 'POST', `/v1/tool-requests/${encoded(told.request)}/use`, { token, digest });
  const codeOf = async (answer: ReturnType<typeof use>) => {
    const { status, body } = await answer;
    return status < 300 ? 'done' : body.code;
  };
  const look = (told: Told) => house.get<Told>('robot', `/v1/tool-requests/${encoded(told.request)}`);
  const end = (told: Told, how: 'done' | 'failed', more: object) =>
    house.post<Told>('robot', `/v1/tool-requests/${encoded(told.request)}/${how}`, { token, ...more });
  return { house, ask, asking, token, use, codeOf, look, end, task };
}

test('what only reads passes at once; what its caller says of a tool does not make it so', async () => {
  const { house, asking, token } = await gate();
  const look = { token, call: '1', tool: 'look_up', class: 'read_only', arguments: {} };
  assert.equal((await house.post<Told>('robot', asking, look)).status, 'allowed');
  const lie = { token, call: '2', tool: 'unheard_of', class: 'read_only', arguments: {} };
  assert.equal((await house.post<Told>('robot', asking, lie)).status, 'waiting');
  await house.close();
});

test('a call waits for a person, is bound to its arguments, and is made once', async () => {
  const { house, ask, use, codeOf, look, end } = await gate();
  const asked = await ask('1');
  assert.deepEqual([asked.status, asked.approvals.length], ['waiting', 1]);
  assert.equal(await codeOf(use(asked)), 'tool_request_status', 'nothing is called before the decision');
  const [approval = ''] = asked.approvals;
  const shown = await house.get<{ input: { tool: string; arguments: object; digest: string } }>(
    'clerk',
    `/v1/tasks/${encoded(approval)}`,
  );
  assert.deepEqual(
    [shown.input.tool, shown.input.arguments, shown.input.digest],
    ['refund', { amount: 5 }, asked.digest],
  );
  assert.ok(
    (await house.decide('root', approval, 'approve')).status >= 400,
    'who answers for the agent does not decide',
  );
  assert.ok((await house.decide('clerk', approval, 'approve')).status < 300);
  const granted = await look(asked);
  assert.deepEqual([granted.status, granted.restsOn], ['granted', ['refunds@1']]);
  assert.equal(await codeOf(use(asked, '0'.repeat(64))), 'arguments_changed');
  const other = await ask('2', 6);
  assert.equal(other.status, 'waiting', 'other arguments are another question');
  assert.equal(await codeOf(use(asked, other.digest)), 'arguments_changed');
  assert.equal(await codeOf(use(asked)), 'done');
  assert.equal(await codeOf(use(asked)), 'grant_used');
  assert.equal((await ask('1')).status, 'calling', 'whoever was cut off hears that it has begun');
  assert.equal((await end(asked, 'done', { result: { ok: true } })).status, 'used');
  assert.equal(await codeOf(use(asked)), 'grant_used');
  await house.close();
});

test('two that take one grant at the same moment do not both get it', async () => {
  const { house, ask, use, codeOf } = await gate();
  const asked = await ask('1');
  await house.decide('clerk', asked.approvals[0] ?? '', 'approve');
  const answers = await Promise.all([codeOf(use(asked)), codeOf(use(asked)), codeOf(use(asked))]);
  assert.equal(answers.filter((answer) => answer === 'done').length, 1);
  assert.equal(answers.filter((answer) => answer === 'grant_used').length, 2);
  await house.close();
});

test('a no ends it, and nobody is asked the same again', async () => {
  const { house, ask, use, codeOf, look } = await gate();
  const asked = await ask('1');
  await house.decide('clerk', asked.approvals[0] ?? '', 'reject');
  assert.equal((await look(asked)).status, 'rejected');
  assert.equal(await codeOf(use(asked)), 'tool_request_status');
  const again = await ask('2');
  assert.deepEqual([again.status, again.code], ['denied', 'rejected_before']);
  await house.close();
});

test('what nobody decides in time is not granted, and a grant that is not used in time is none', async () => {
  const { house, ask, use, codeOf, look, task, token } = await gate();
  const { clock } = house.site.bed;
  const wait = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= HOUR / 2) {
      await house.post('robot', `/v1/tasks/${encoded(task.id)}/heartbeat`, { token, leaseSeconds: 3600 });
      clock.move(Math.min(left, HOUR / 2));
      await new Promise(setImmediate);
    }
  };
  const granted = await ask('1', 1);
  await house.decide('clerk', granted.approvals[0] ?? '', 'approve');
  const asked = await ask('2', 2);
  await wait(HOUR + 1000);
  await house.site.bed.until(async () => (await look(asked)).status !== 'waiting');
  assert.equal((await look(asked)).status, 'expired');
  assert.notEqual(await codeOf(use(asked)), 'done');
  await wait(24 * HOUR);
  assert.equal(await codeOf(use(granted)), 'grant_expired');
  await house.close();
});

const GRANT = {
  id: 'small',
  tool: 'refund',
  agents: ['passport_robot'],
  when: 'arguments.amount <= 10',
  uses: 3,
  amount: { of: 'arguments.amount', most: 12 },
  within: '7d',
  reason: 'Small ones.',
};

test('a standing grant carries calls within its scope and caps, for 7 days, until it is taken back', async () => {
  const { house, ask, use, codeOf, task, token } = await gate();
  const covers = ['refunds@1'];
  const long = { grant: { ...GRANT, within: '8d' }, covers };
  assert.equal(await house.refused('root', '/v1/grants', long), 'policy_invalid');
  const approved = async (id: string): Promise<void> => {
    const { change } = await house.post<{ change: { id: string; digest: string } }>('root', '/v1/grants', {
      grant: { ...GRANT, id },
      covers,
    });
    const approve = `/v1/policy-changes/${change.id}/approve`;
    assert.equal(await house.refused('officer', approve, { digest: change.digest }), 'not_eligible');
    await house.post('clerk', approve, { digest: change.digest });
  };
  await approved('small');
  const first = await ask('1', 5);
  assert.deepEqual([first.status, first.restsOn], ['granted', ['grant:small']]);
  assert.equal(await codeOf(use(first)), 'done');
  assert.equal((await ask('2', 11)).status, 'waiting', 'out of its scope');
  assert.equal((await ask('3', 8)).status, 'waiting', 'over its amount');
  const { grants } = await house.get<{ grants: { uses: number; amount: number; status: string }[] }>(
    'root',
    '/v1/grants',
  );
  assert.deepEqual([grants[0]?.uses, grants[0]?.amount, grants[0]?.status], [1, 5, 'active']);
  await house.post('root', '/v1/grants/small/revoke', { reason: 'enough' });
  assert.equal((await ask('4', 1)).status, 'waiting', 'taken back');
  assert.equal(await house.refused('root', '/v1/grants/small/revoke', {}), 'grant_status');
  await approved('again');
  assert.equal((await ask('5', 1.5)).status, 'granted');
  for (let half = 0; half < 7 * 48; half += 1) {
    await house.post('robot', `/v1/tasks/${encoded(task.id)}/heartbeat`, { token, leaseSeconds: 3600 });
    house.site.bed.clock.move(HOUR / 2);
    await new Promise(setImmediate);
  }
  assert.equal((await ask('6', 1.6)).status, 'waiting', 'after 7 days it carries nothing');
  await house.close();
});

test('what a policy denies no approval and no grant lets through', async () => {
  const { house, ask } = await gate();
  await house.adopt(
    {
      policy: {
        id: 'never',
        on: 'tool.call',
        when: 'arguments.amount > 100',
        effect: 'deny',
        code: 'too_much',
      },
    },
    { applyTo: 'running' },
  );
  const denied = await ask('1', 500);
  assert.deepEqual([denied.status, denied.code, denied.approvals.length], ['denied', 'policy_denied', 0]);
  assert.equal((await ask('2', 50)).status, 'waiting');
  await house.close();
});
