import assert from 'node:assert/strict';
import { actor, approval, expression, graphOf, play, record, task, type Play } from '../engine-kit/index.ts';

/** Work that is escalated, sent back, approved in stages and changed, and is not written because it changed. */
export const approvalsAndDeadlines = (): Play => {
  const draft = expression(({ phases }) => phases['a']?.['draft']?.output ?? null, ['a.draft']);
  const large = expression(({ subject }) => (subject as number) > 100);
  const run = play(
    graphOf([
      {
        id: 'a',
        steps: {
          draft: task({
            by: 'human',
            deadlines: [
              {
                on: 'completion',
                within: { ms: 8 * 3_600_000, working: false },
                remind: [3_600_000],
                then: 'escalate',
                to: ['role:lead', 'manager_of:initiator'],
                pauses: true,
              },
            ],
          }),
        },
      },
      {
        id: 'b',
        needs: ['a'],
        steps: {
          agree: approval({
            subject: draft,
            chain: [
              { from: ['role:manager'], quorum: 2, if: null },
              { from: ['role:cfo'], quorum: 1, if: large },
            ],
            distinctFrom: ['initiator'],
            onChanges: { redo: 0, max: 1, others: true },
            within: 3_600_000,
          }),
        },
      },
      { id: 'c', needs: ['b'], steps: { write: record({ input: draft, approvedBy: 'b.agree' }) } },
    ]),
  );
  run.take(run.task('a.draft'), 'passport_eva');
  run.pass(8 * 3_600_000);
  run.complete(run.task('a.draft'), 900, 'passport_bo');
  const say = (who: string, outcome: 'approve' | 'request_changes' | 'abstain', changes?: number): void => {
    const { id, approval: asked } = run.task('b.agree');
    const decided = { type: 'task.decide', task: id, subject: asked?.subject ?? '', reason: 'so' } as const;
    const said = changes === undefined ? { outcome } : { outcome: 'approve_with_changes' as const, changes };
    run.do({ ...decided, ...said }, actor(who));
  };
  say('passport_maria', 'request_changes');
  run.complete(run.task('a.draft'), 500, 'passport_eva');
  say('passport_maria', 'approve');
  say('passport_omar', 'abstain');
  say('passport_zoe', 'approve');
  say('passport_cfo', 'approve', 400);
  say('passport_maria', 'approve');
  say('passport_ida', 'approve');
  assert.equal(run.current.failure?.code, 'approval_stale');
  return run;
};
