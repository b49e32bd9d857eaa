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
