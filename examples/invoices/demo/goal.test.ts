import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GOAL } from './job.ts';

test('the goal of the job is the one that stands where people read of it', () => {
  for (const path of ['../README.md', '../../../README.md'])
    assert.ok(readFileSync(new URL(path, import.meta.url), 'utf8').includes(GOAL), path);
});
