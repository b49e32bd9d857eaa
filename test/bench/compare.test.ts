import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const COMPARE = fileURLToPath(new URL('../../bench/compare.ts', import.meta.url));
const FIGURES = ['child-runs 5', 'decision', 'fan-out 5', 'hop', 'loop', 'parked', 'recovery', 'sequence'];

test('the comparison with peers measures every workload, without a peer', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [COMPARE, '--only', 'humanos-sqlite', '--size', 'tiny', '--rounds', '1', '--json'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.filter(({ missing }) => missing !== undefined),
    [],
  );
  assert.deepEqual(lines.map(({ name }) => String(name)).sort(), FIGURES);
  for (const { name, value } of lines) assert.ok(Number(value) > 0, String(name));
});
