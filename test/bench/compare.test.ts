import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sharedPostgres, skipWithout } from '../postgres/index.ts';

const COMPARE = fileURLToPath(new URL('../../bench/compare.ts', import.meta.url));
const FIGURES = ['child-runs 5', 'decision', 'fan-out 5', 'hop', 'loop', 'parked', 'recovery', 'sequence'];

const figuresOf = (entrant: string): string[] => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [COMPARE, '--only', entrant, '--size', 'tiny', '--rounds', '1', '--json'],
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
  for (const { name, value } of lines) assert.ok(Number(value) > 0, String(name));
  return lines.map(({ name }) => String(name)).sort();
};

test('the comparison with peers measures every workload, without a peer', () => {
  assert.deepEqual(figuresOf('humanos-sqlite'), FIGURES);
});

test('and two nodes on one PostgreSQL at the sequence', { skip: skipWithout(await sharedPostgres()) }, () => {
  assert.deepEqual(figuresOf('humanos-postgres-two'), ['sequence']);
});
