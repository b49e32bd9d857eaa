import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, Site } from './cli-kit.ts';

const site = new Site();
type Env = { readonly env: NodeJS.ProcessEnv };
let [ann, bob, admin] = [{ env: {} }, { env: {} }, { env: {} }] as [Env, Env, Env];
before(async () => {
  await site.serve();
  ann = await site.participant('Ann', '--kind', 'human', '--role', 'manager,worker');
  bob = await site.participant('Bob', '--kind', 'human', '--role', 'worker,clerk');
  admin = await site.participant('Ada', '--kind', 'human', '--role', 'administrator');
});
after(() => site.close());

const path = (name: string): string => join(site.folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};
interface Task {
  readonly id: string;
  readonly status: string;
  readonly step: string;
  readonly priority: number;
  readonly deadline: number | null;
  readonly input: unknown;
}
interface Run {
  readonly id: string;
  readonly tasks: readonly Task[];
  readonly steps: readonly { readonly id: string; readonly output: unknown }[];
}

const LETTER = `
id: letter
name: A letter
input: { type: object }
phases:
  - id: write
    steps: [{ id: draft, task: { by: human, from: 'role:clerk' } }]
  - id: sign
    needs: [write]
    steps:
      - id: off
        approval: { subject: '\${ input }', from: 'role:manager', description: Is it right?, onChanges: { redo: write } }
  - id: send
    needs: [sign]
    steps: [{ id: post, task: { by: human, from: 'role:clerk', assign: { strategy: offer, when: early } } }]
`;

const taskOf = async (run: string, step: string): Promise<Task> => {
  const { tasks } = await site.json<Run>('show', run);
  return tasks.find((task) => task.step === step) ?? assert.fail(`no task of ${step}`);
};
async function started(text = 'Dear all'): Promise<string> {
  const file = write('letter.yaml', LETTER);
  return (await site.json<Run>('run', file, '--input', JSON.stringify({ text }))).id;
}
async function drafted(text?: string): Promise<{ readonly run: string; readonly approval: string }> {
  const run = await started(text);
  const { id } = await taskOf(run, 'write.draft');
  assert.equal((await site.run(['complete', id, '-o', '{}'], bob)).code, 0);
  return { run, approval: (await taskOf(run, 'sign.off')).id };
}

describe('decisions', () => {
  test('an approval with changes shows both, and the changes become the subject', async () => {
    const { run, approval } = await drafted();
    const changes = ['--changes', '{ "text": "Dear friends" }'];
    const given = await site.run(['approve', approval, ...changes], ann);
    assert.equal(given.code, 0, given.err);
    assert.match(given.out, /Dear all[\s\S]*changed to[\s\S]*Dear friends[\s\S]*Approved with changes\./);
    const { steps } = await site.json<Run>('show', run);
    const [output] = steps.flatMap((step) =>
      step.id === 'sign.off' ? [step.output as { subject: unknown }] : [],
    );
    assert.deepEqual(output?.subject, { text: 'Dear friends' });
  });

  test('changes are asked for with a reason, which whoever does it again is told', async () => {
    const { run, approval } = await drafted();
    assert.equal((await site.run(['request-changes', approval], ann)).code, 2);
    const asked = await site.run(['request-changes', approval, '-r', 'kinder'], ann);
    assert.equal(asked.code, 0, asked.err);
    assert.match(asked.out, /if sent back +The run goes back to write[\s\S]*Changes are asked for/);
    const again = await taskOf(run, 'write.draft');
    assert.match((await site.run(['show', again.id])).out, /why +kinder/);
  });

  test('one can abstain from an approval, and from no start of a run', async () => {
    const { run, approval } = await drafted();
    const given = await site.run(['abstain', approval, '--json'], ann);
    assert.equal(given.code, 0, given.err);
    const { task } = JSON.parse(given.out) as { task: { approval: { decisions: { outcome: string }[] } } };
    assert.deepEqual(
      task.approval.decisions.map(({ outcome }) => outcome),
      ['abstain'],
    );
    const start = await site.run(['abstain', run], ann);
    assert.equal(start.code, 2);
    assert.match(start.err, /its start is approved as it is, or rejected/);
  });

  test('approvals of one kind are decided together; what is refused of them is told, and ends with 1', async () => {
    const [a, b] = [await drafted('one'), await drafted('two')];
    const other = write(
      'other.yaml',
      LETTER.replace('id: letter', 'id: other').replace(/,? *onChanges.*\}/, ' }'),
    );
    const { id } = await site.json<Run>('run', other, '--input', '{}');
    await site.run(['complete', (await taskOf(id, 'write.draft')).id, '-o', '{}'], bob);
    const unlike = await site.run(['approve', a.approval, (await taskOf(id, 'sign.off')).id], ann);
    assert.equal(unlike.code, 1);
    assert.match(unlike.err, /code: batch_unlike/);
    const both = await site.run(['approve', a.approval, b.approval, '-r', 'both'], ann);
    assert.equal(both.code, 0, both.err);
    assert.match(both.out, /"one"[\s\S]*"two"[\s\S]*approval approved\n[\s\S]*approval approved\n/);
    const again = await site.run(['reject', a.approval, b.approval, '-r', 'no', '--json'], ann);
    assert.equal(again.code, 1);
    const { results } = JSON.parse(again.out) as {
      results: { decided: boolean; refusal: { code: string } }[];
    };
    assert.deepEqual(
      results.map(({ decided, refusal }) => [decided, refusal.code]),
      [
        [false, 'task_closed'],
        [false, 'task_closed'],
      ],
    );
    const changed = ['approve', a.approval, b.approval, '--changes', '{}'];
    assert.equal((await site.run(changed, ann)).code, 2);
  });
});

describe('tasks of people', () => {
  test('a file is attached, shown, saved again and taken off', async () => {
    const { id } = await taskOf(await started(), 'write.draft');
    const file = write('notes.md', '# Notes\n');
    const attached = await site.run(['task', 'attach', id, '--file', file], bob);
    assert.equal(attached.code, 0, attached.err);
    assert.match(
      (await site.run(['show', id])).out,
      /attachments\n +notes\.md +text\/markdown, by passport_/,
    );
    const copy = path('copy.md');
    const saved = await site.run(['task', 'download', id, '--name', 'notes.md', '--out', copy], bob);
    assert.equal(saved.code, 0, saved.err);
    assert.equal(readFileSync(copy, 'utf8'), '# Notes\n');
    const wrong = await site.run(['task', 'download', id, '--name', 'other.md'], bob);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /It has: notes\.md/);
    assert.ok(!existsSync(join(ROOT, 'other.md')));
    assert.equal((await site.run(['task', 'detach', id, '--name', 'notes.md'], bob)).code, 0);
    assert.doesNotMatch((await site.run(['show', id])).out, /attachments/);
    const absent = await site.run(['task', 'attach', id, '--file', path('absent.md')], bob);
    assert.match(absent.err, /is not there/);
  });

  test('comments, help and drafts are said and shown', async () => {
    const { id } = await taskOf(await started(), 'write.draft');
    await site.run(['task', 'claim', id], bob);
    const said = await site.run(['task', 'comment', id, '--text', 'for you', '--to', 'role:manager'], bob);
    assert.equal(said.code, 0, said.err);
    const asked = await site.run(
      ['task', 'request-help', id, '--to', 'role:manager', '--text', 'which tone?'],
      bob,
    );
    assert.equal(asked.code, 0, asked.err);
    const mine = await site.run(['inbox', '--run', id.split(':')[0] ?? ''], ann);
    assert.match(mine.out, new RegExp(`${id} .*task`));
    const answered = await site.run(['task', 'help', id, '--request', '1', '-o', '"kind"'], ann);
    assert.equal(answered.code, 0, answered.err);
    await site.run(['task', 'draft', id, '--draft', '{ "half": "done" }'], bob);
    const { out } = await site.run(['show', id], bob);
    assert.match(
      out,
      /comments\n[\s\S]*for you[\s\S]*help\n +1\. role:manager: which tone\? → answered by passport_/,
    );
    assert.match(out, /draft\n[\s\S]*"half": "done"/);
  });

  test('urgency is set for one or several, and the inbox says what is due', async () => {
    const [one, two] = [
      await taskOf(await started(), 'write.draft'),
      await taskOf(await started(), 'write.draft'),
    ];
    const set = await site.run(['task', 'set', one.id, two.id, '--priority', '9', '--deadline', '2h'], admin);
    assert.equal(set.code, 0, set.err);
    const { out } = await site.run(['inbox'], bob);
    assert.match(out, /^TASK +KIND +STATE +AGE +DUE +WHAT\n/);
    for (const { id } of [one, two]) assert.match(out, new RegExp(`${id} +task +ready .* in 1 h 59 min `));
    const approvals = await site.run(['inbox', '--kind', 'approval'], bob);
    assert.match(approvals.out, /^No such task waits for you\.\n$/);
    const page = await site.run(['inbox', '--limit', '1'], bob);
    const [, cursor = ''] = /There are more: --cursor (\S+)/.exec(page.out) ?? [];
    assert.notEqual(cursor, '');
    assert.equal((await site.run(['inbox', '--limit', '1', '--cursor', cursor], bob)).code, 0);
    await site.run(['task', 'set', one.id, '--deadline', 'none'], admin);
    assert.equal((await taskOf(one.id.split(':')[0] ?? '', 'write.draft')).deadline, null);
    assert.equal((await site.run(['task', 'set', one.id], admin)).code, 2);
    const partly = await site.run(['task', 'claim', one.id, 'run_0:x:1'], bob);
    assert.equal(partly.code, 1);
    assert.match(partly.out, /reserved, passport_[\s\S]*task_unknown/);
  });

  test('an inbox names what else waits for a decision', async () => {
    const olga = await site.participant('Olga', '--kind', 'human', '--role', 'operator,compliance');
    const nothing = await site.run(['inbox'], olga);
    assert.match(nothing.out, /^Nothing waits for you\.\n$/);
    const file = write('letter.yaml', LETTER);
    const { id } = await site.json<Run>('run', file, '--input', '{}', '--hold');
    const policy = write('late.yaml', '{ id: late, on: run.start, when: "false", effect: deny }');
    const proposed = await site.run(['policies', 'propose', policy], admin);
    assert.equal(proposed.code, 0, proposed.err);
    const { out } = await site.run(['inbox'], olga);
    assert.match(out, /^No task waits for you\.\n\nALSO TO DECIDE +WHAT\n/);
    assert.match(out, new RegExp(`^${id} +the start of letter$`, 'm'));
    assert.match(out, /^change_\S+ +late@1$/m);
    const tasksAlone = await site.run(['inbox', '--kind', 'approval'], olga);
    assert.match(tasksAlone.out, /^No such task waits for you\.\n$/);
    const listed = await site.run(['runs', '--awaits', 'me'], olga);
    assert.match(listed.out, new RegExp(id));
    assert.equal((await site.run(['approve', id], olga)).code, 0);
    assert.match((await site.run(['runs', '--awaits', 'me'], olga)).out, /There are no such runs/);
  });

  test('work is done ahead of its turn, and again', async () => {
    const run = await started();
    const ahead = await taskOf(run, 'send.post');
    const early = await site.run(['task', 'predo', ahead.id, '-o', '"sent"'], bob);
    assert.equal(early.code, 0, early.err);
    const { id } = await taskOf(run, 'write.draft');
    await site.run(['complete', id, '-o', '{}'], bob);
    const redone = await site.run(['task', 'redo', id, '-r', 'wrong sheet'], bob);
    assert.equal(redone.code, 0, redone.err);
    assert.match(redone.out, /The run .* is running/);
    assert.notEqual((await taskOf(run, 'write.draft')).id, id);
  });
});

test('who sees tasks in which they have no part is shown and set', async () => {
  const set = await site.run(['visibility', '--allocated', 'holder'], admin);
  assert.equal(set.code, 0, set.err);
  assert.match((await site.run(['visibility'])).out, /that somebody has +holder/);
  await site.run(['visibility', '--allocated', 'everyone'], admin);
});

test('the calendar of the organisation is shown and set, whole or in parts', async () => {
  assert.match((await site.run(['calendar'])).out, /zone +UTC\nhours +Mon Tue Wed Thu Fri 09:00-17:00/);
  const set = ['calendar', 'set', '--zone', 'Europe/Berlin', '--holiday', '2027-12-24,2027-01-01'];
  const first = await site.run(
    [...set, '--hours', 'mon-thu 08:00-16:00', '--hours', 'sat-sun 10:00-12:00'],
    admin,
  );
  assert.equal(first.code, 0, first.err);
  assert.match(
    first.out,
    /Europe\/Berlin\nhours +Mon Tue Wed Thu 08:00-16:00; Sat Sun 10:00-12:00\ndays off +2027-01-01, 2027-12-24/,
  );
  assert.match(
    (await site.run(['calendar', 'set', '--holiday', '2027-12-31'], admin)).out,
    /2027-12-24, 2027-12-31/,
  );
  const file = write('calendar.yaml', 'zone: UTC\nweekly: [{ days: [1], from: "09:00", to: "17:00" }]\n');
  const whole = await site.run(['calendar', 'set', file, '--json'], admin);
  assert.deepEqual(JSON.parse(whole.out), {
    zone: 'UTC',
    weekly: [{ days: [1], from: '09:00', to: '17:00' }],
    holidays: [],
  });
  assert.equal((await site.run(['calendar', 'set', '--hours', 'sometimes'], admin)).code, 2);
  const nowhere = await site.run(['calendar', 'set', '--zone', 'Nowhere'], admin);
  assert.match(nowhere.err, /is no time zone/);
});

test('every command explains itself', async () => {
  const seen: string[] = [];
  const walk = async (words: readonly string[]): Promise<void> => {
    const { code, out, err } = await site.run([...words, '--help']);
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    assert.match(out, new RegExp(`^Usage: humanos ${words.join(' ')}`.trimEnd()));
    seen.push(words.join(' '));
    const listed = /^(?:Commands|Here|Runs|Work|Organisation):\n((?:  .*\n?)*)/gm;
    for (const [, lines = ''] of out.matchAll(listed))
      for (const [, name = '', rest = ''] of lines.matchAll(/^ {2}([a-z][\w-]*)([^\n]*)/gm)) {
        if (name === 'help' && rest.includes('[command]')) continue;
        assert.match(rest, / {2}\S/, `${[...words, name].join(' ')} says what it does`);
        await walk([...words, name]);
      }
  };
  await walk([]);
  assert.ok(seen.length > 90, `${seen.length} commands`);
});

describe('participants', () => {
  test('a rate that is changed stays what it was per; help says what a list does', async () => {
    const added = await site.json<{ id: string }>(
      'participants',
      'add',
      'Per task',
      '--rate',
      '5 EUR',
      '--per',
      'task',
    );
    const changed = await site.json<{ costRate: object }>(
      'participants',
      'update',
      added.id,
      '--rate',
      '6 EUR',
    );
    assert.deepEqual(changed.costRate, { amount: 6, currency: 'EUR', per: 'task' });
    const hourly = await site.json<{ costRate: object }>(
      'participants',
      'update',
      added.id,
      '--rate',
      '7 EUR',
      '--per',
      'hour',
    );
    assert.deepEqual(hourly.costRate, { amount: 7, currency: 'EUR', per: 'hour' });
    const help = (await site.run(['participants', 'update', '--help'])).out.replaceAll(/\s+/g, ' ');
    assert.match(help, /all its capabilities from now on; to add one: participants grant/);
    for (const list of ['roles', 'groups', 'posts'])
      assert.match(help, new RegExp(`all its ${list} from now on`));
    assert.doesNotMatch(help, /you, if left out|default: "hour"/);
    assert.match((await site.run(['participants', 'add', '--help'])).out, /you, if left\s+out/);
  });
});
