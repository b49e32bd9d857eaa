import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { trackFactor, WEIGHTS } from './score.ts';
import { REASONS } from './work.ts';

const guide = readFileSync(new URL('../../docs/guides/routing.md', import.meta.url), 'utf8');
const block = (fence: string): string =>
  new RegExp(`^\`\`\`${fence}\n([\\s\\S]*?)^\`\`\``, 'm').exec(guide)?.[1] ?? '';

test('the example of the guide prints what the guide says', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'humanos-guide-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'example.ts');
  writeFileSync(
    file,
    block('ts example').replace('../../src/routing/index.ts', new URL('index.ts', import.meta.url).href),
  );
  const printed = execFileSync(process.execPath, ['--conditions=source', file], { encoding: 'utf8' });
  assert.equal(printed, block('text output'));
});

test('the guide names every reason and every factor, with its weight', () => {
  for (const reason of REASONS) assert.match(guide, new RegExp(`^\\|.*\`${reason}\``, 'm'));
  for (const [factor, weight] of Object.entries(WEIGHTS))
    assert.match(guide, new RegExp(`^\\| \`${factor}\` +\\| ${weight.toFixed(2)} `, 'm'));
});

test('newcomers are worth what the guide says', () => {
  const shown = (successes: number, failures: number): string =>
    trackFactor(
      {
        at: 0,
        successes,
        failures,
        medianMs: null,
        p90Ms: null,
        cost: null,
        tokens: 0,
        brier: null,
        overconfidence: null,
      },
      0,
    ).toFixed(2);
  assert.deepEqual([shown(0, 0), shown(94, 6), shown(0, 1), shown(0, 5)], ['0.96', '0.96', '0.84', '0.55']);
});
