import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, Site } from './cli-kit.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/guides/exceptions.md'), 'utf8');
const blocks = (fence: string): string[] =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${fence}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

const site = new Site();
before(() => site.serve());
after(() => site.close());

/** Words, some of them in quotes. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

interface Page {
  readonly rows: readonly { readonly id: string; readonly step: string; readonly token: number }[];
}

test('every command of the guide does what it says', async () => {
  writeFileSync(join(site.folder, 'order.yaml'), blocks('yaml order.yaml')[0] ?? '');
  const runs: string[] = [];
  const done: string[] = [];
  const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));
  assert.ok(lines.length > 12, 'the pattern finds them');
  for (const line of lines) {
    const [program, ...words] = wordsOf(line);
    assert.equal(program, 'humanos');
    const run = runs.at(-1) ?? '';
    const page = words.includes('TASK') ? await site.json<Page>('tasks', '--run', run, '--open') : null;
    assert.ok(!page || page.rows.length === 1, `${line}: ${JSON.stringify(page)}`);
    const [task] = page?.rows ?? [];
    if (task) done.push(`${words[1]} ${task.step}`);
    const known = new Map([
      ['RUN', run],
      ['TASK', task?.id ?? ''],
      ['order.yaml', join(site.folder, 'order.yaml')],
    ]);
    const { code, out, err } = await site.run(words.map((word) => known.get(word) ?? word));
    assert.ok(code === 0 || (words[0] === 'show' && code !== null), `${line}\n${out}${err}`);
    const started = /run_\w+/.exec(out)?.[0];
    if (words[0] === 'run' && started !== undefined) runs.push(started);
  }
  assert.deepEqual(done, [
    'start pay.charge',
    'TASK pay.charge',
    'force-complete pay.charge.compensate',
    'force-complete pay.charge',
    'start ship.pack',
    'restart ship.pack',
    'force-fail ship.pack',
    'force-complete pay.charge',
    'force-complete pay.charge.compensate',
  ]);
  const statuses = await Promise.all(
    runs.map(async (run) => (await site.json<{ status: string }>('show', run)).status),
  );
  assert.deepEqual(statuses, ['cancelled', 'cancelled']);
});
