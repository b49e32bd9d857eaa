import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Site } from './cli-kit.ts';

const site = new Site();
before(() => site.serve());
after(() => site.close());

const TURNS = `
id: turns
phases:
  - id: look
    steps:
      - id: at
        task: { by: human, from: 'role:clerk', assign: round_robin }
      - id: sing
        task: { by: agent, requires: [singing] }
`;

test('humanos show --why says who was considered for a task, and why it went where it is', async () => {
  const ann = await site.participant('Ann', '--kind', 'human', '--role', 'clerk');
  await site.participant('Bo', '--kind', 'human', '--role', 'clerk');
  const file = join(site.folder, 'turns.yaml');
  writeFileSync(file, TURNS);
  const { id } = await site.json<{ id: string }>('run', file);
  const { tasks } = await site.json<{ tasks: { id: string; step: string }[] }>('show', id);
  const why = async (step: string): Promise<string> => {
    const task = tasks.find((one) => one.step === step)?.id ?? '';
    const { out, err, code } = await site.run(['show', task, '--why']);
    assert.equal(code, 0, err);
    return out;
  };
  const turns = await why('look.at');
  assert.match(turns, new RegExp(`Assigned to Ann \\(${ann.id}\\) \\(round_robin\\)\\.`));
  assert.match(turns, /considered, 2 could take it\./);
  assert.match(turns, /1\. Ann .*track record/);
  assert.match(turns, /2\. Bo /);
  assert.match(
    await why('look.sing'),
    /Nobody is eligible\. Missing: an agent with singing: nobody has singing\./,
  );
});

const SUMS = `
id: sums
phases:
  - id: add
    steps:
      - id: up
        task: { by: human, from: 'role:clerk', output: { type: number } }
`;

test('humanos complete says that the task is held where its result is refused', async () => {
  const { env } = await site.participant('Cy', '--kind', 'human', '--role', 'clerk');
  const file = join(site.folder, 'sums.yaml');
  writeFileSync(file, SUMS);
  const run = await site.json<{ id: string }>('run', file);
  const { tasks } = await site.json<{ tasks: { id: string }[] }>('show', run.id);
  const id = tasks[0]?.id ?? '';
  const complete = (output: string) => site.run(['complete', id, '-o', output], { env });
  const first = await complete('"five"');
  assert.equal(first.code, 1);
  assert.match(first.err, /^The task was not completed\. You took run_\S+ for that, and hold it until .*\n/);
  assert.match(
    first.err,
    /humanos complete run_\S+ -o JSON, or give it back: humanos task release run_\S+\n/,
  );
  const second = await complete('"six"');
  assert.match(second.err, /^The task was not completed\.\n[^]*code: output_invalid/);
  assert.equal((await complete('5')).code, 0);
});
