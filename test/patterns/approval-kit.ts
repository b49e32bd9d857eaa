import assert from 'node:assert/strict';
import type { Answer } from '../e2e/http-site.ts';
import type { Office } from './office.ts';

interface Said {
  readonly reason?: string;
  readonly changes?: unknown;
  readonly subject?: string;
}

/** Somebody decides on the only open approval of a run, on what is shown now. */
export async function say(
  office: Office,
  run: string,
  who: string,
  outcome: string,
  { subject, ...more }: Said = {},
): Promise<Answer> {
  const task = (await office.open(run)).find(({ kind }) => kind === 'approval');
  assert.ok(task?.approval, 'an approval is open');
  return office.act(who, 'decide', task.id, { outcome, subject: subject ?? task.approval.subject, ...more });
}

export async function agrees(
  office: Office,
  run: string,
  who: string,
  outcome = 'approve',
  more: Said = {},
): Promise<void> {
  const { status, text } = await say(office, run, who, outcome, more);
  assert.equal(status, 200, text);
}

export async function refuses(
  office: Office,
  run: string,
  who: string,
  code: string,
  outcome = 'approve',
  more: Said = {},
): Promise<void> {
  const { body, text } = await say(office, run, who, outcome, more);
  assert.equal(body.code, code, text);
}
