import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkDefinition } from './check.ts';
import { compileDefinition } from './compile.ts';
import { parseDefinition } from './parse.ts';
import { isError } from './problem.ts';
import { KNOWN_KEYS } from './schema.ts';

const GUIDE = readFileSync(new URL('../../docs/guides/definitions.md', import.meta.url), 'utf8');

/** Which places each heading is about; what undoes work has the keys of steps, but for the record. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'A definition': [''],
  Limits: ['limits'],
  Allow: ['allow'],
  'A phase': ['phases'],
  'A step': ['phases.steps'],
  'When it fails': ['phases.steps.retry', 'phases.steps.onFailure'],
  Task: ['phases.steps.task'],
  Assign: ['phases.steps.task.assign'],
  Privileges: ['phases.steps.task.privileges'],
  Visibility: ['phases.steps.task.visibility'],
  Deadlines: ['phases.steps.task.deadlines'],
  Approval: ['phases.steps.approval'],
  Stages: ['phases.steps.approval.chain'],
  'Sent back': ['phases.steps.approval.onReject'],
  Record: ['phases.steps.record'],
  Wait: ['phases.steps.wait'],
  Workflow: ['phases.steps.workflow'],
  Undoing: ['phases.compensate'],
};

const sections = new Map(
  GUIDE.split(/^##+ /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

const keysIn = (section: string): string[] =>
  [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, key]) => key as string);

test('the guide names every key of a definition, and no others', () => {
  for (const [heading, places] of Object.entries(PLACES)) {
    const keys = new Set(places.flatMap((place) => KNOWN_KEYS[place] ?? []));
    assert.deepEqual(keysIn(sections.get(heading) ?? '').toSorted(), [...keys].toSorted(), heading);
  }
});

test('what the guide shows can be saved', () => {
  const [, text = ''] = /```yaml definition\n([^]*?)```/.exec(GUIDE) ?? [];
  const parsed = parseDefinition(text, 'yaml');
  assert.ok(parsed.ok);
  assert.deepEqual(checkDefinition(parsed.document).filter(isError), []);
  assert.ok(compileDefinition(parsed.document, '0'.repeat(64)).ok);
});
