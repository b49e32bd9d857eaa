import assert from 'node:assert/strict';
import { approvalsAndDeadlines } from './approvals.ts';
import { heldWithParent } from './held.ts';
import { approvedResult, approvedWork, boundedByPolicies } from './policies.ts';
import { undone } from './undone.ts';
import type { Placement } from '../../src/engine/index.ts';
import { USUAL_RULES } from '../../src/definition/task-rules.ts';
import {
  actor,
  approval,
  assign,
  expression,
  graphOf,
  MONDAY,
  play,
  record,
  task,
  wait,
  workflow,
  Play,
} from '../engine-kit/index.ts';

/**
 * Runs that are recorded for each release, as it plays them. Together they contain every type of event. Add scenarios; leave those
 * that are there as they are, so that releases can be compared.
 */
export const SCENARIOS: Readonly<Record<string, () => Play>> = {
  invoices: () => {
    const outputs = (step: string) =>
      expression(({ phases }) => phases['extract']?.[step]?.outputs ?? [], [`extract.${step}`]);
    const graph = graphOf(
      [
        {
          id: 'extract',
          steps: {
            invoice: task({
              description: 'Read an invoice',
              requires: ['invoice_processing'],
              forEach: expression(({ input }) => input),
              concurrency: 2,
              timeout: 60_000,
              retry: { attempts: 2, backoff: 'fixed', delay: 1000 },
              onFailure: { then: 'another_participant', finally: 'escalate', to: ['role:ap-supervisor'] },
              input: expression(({ item, index }) => ({ file: item ?? null, index: index ?? null })),
            }),
          },
        },
        { id: 'analyse', needs: ['extract'], steps: { summary: task({ input: outputs('invoice') }) } },
        {
          id: 'sign-off',
          needs: ['analyse'],
          steps: {
            approve: approval({
              subject: expression(
                ({ phases }) => phases['analyse']?.['summary']?.output ?? null,
                ['analyse.summary'],
              ),
              from: ['role:finance-manager'],
              quorum: 2,
              within: 8 * 3_600_000,
              escalate: ['role:cfo'],
              onReject: { redo: 1, max: 2, others: false },
            }),
          },
        },
        {
          id: 'book',
          needs: ['sign-off'],
          steps: { journal: record({ operation: 'post_journal', verify: true }) },
        },
      ],
      {
        output: expression(
          ({ phases }) => phases['analyse']?.['summary']?.output ?? null,
          ['analyse.summary'],
        ),
      },
    );
    const run = play(graph, { input: ['a.xml', 'b.xml', 'c.xml'] });
    run.complete(run.task('extract.invoice', 0), { total: '10.00' });
    run.fail(run.task('extract.invoice', 1));
    run.pass(1000);
    run.do({ type: 'task.expire', ...run.take(run.task('extract.invoice', 1), 'passport_lost') });
    run.fail(run.task('extract.invoice', 1), true, 'passport_other');
    run.fail(run.task('extract.invoice', 1), true, 'passport_third');
    const held = run.take(run.task('extract.invoice', 2));
    run.do({
      type: 'task.progress',
      ...held,
      fraction: 0.5,
      message: 'reading',
      usage: { tokens: 120, cost: 0.003 },
    });
    run.complete(run.task('extract.invoice', 2), { total: '30.00' });
    run.complete(run.task('extract.invoice', 1), { total: '20.00' }, 'passport_supervisor');
    run.complete(run.task('analyse.summary'), { sum: '60.00' });
    run.pass(8 * 3_600_000);
    run.decide(run.task('sign-off.approve'), 'approve', 'passport_maria', 'looks right');
    run.decide(run.task('sign-off.approve'), 'reject', 'passport_omar', 'c.xml is a duplicate');
    run.complete(run.task('analyse.summary'), { sum: '30.00' });
    run.decide(run.task('sign-off.approve'), 'approve', 'passport_maria');
    run.decide(run.task('sign-off.approve'), 'approve', 'passport_omar');
    run.complete(run.task('book.journal'), 'J-1');
    run.complete(run.task('book.journal'), { verified: true });
    assert.equal(run.current.status, 'completed');
    return run;
  },

  'held-paused-stopped-limited': () => {
    const graph = graphOf(
      [
        {
          id: 'work',
          steps: {
            each: task({ forEach: [1, 2, 3, 4], concurrency: 2, timeout: 60_000, skippable: true }),
            never: task({ if: false }),
            none: task({ forEach: [] }),
          },
        },
      ],
      { limits: { tasks: 4, tokens: 1000, cost: { amount: 1, currency: 'EUR' }, duration: 3_600_000 } },
    );
    const run = play(graph, { hold: true });
    run.do({ type: 'approve', reason: 'go ahead' });
    run.do({ type: 'task.claim', task: run.task('work.each', 0).id, assignee: 'passport_agent' });
    run.do({ type: 'task.release', task: run.task('work.each', 0).id, token: 1, reason: 'busy' });
    run.do({ type: 'pause', reason: 'a question' });
    run.pass(60_000);
    run.do({ type: 'resume' });
    run.do({ type: 'stop', reason: 'for tonight' });
    run.do({ type: 'resume' });
    assert.equal(run.current.failure?.code, 'limit_tasks');
    run.do({ type: 'resume', limits: { tasks: 9 } });
    run.do({ type: 'task.skip', task: run.task('work.each', 0).id, reason: 'not needed' });
    const held = run.take(run.task('work.each', 1));
    run.do({ type: 'task.complete', ...held, output: 'x'.repeat(70_000), usage: { tokens: 10, cost: 0.1 } });
    run.do({ type: 'cancel', reason: 'enough' });
    return run;
  },

  'waits-and-signals': () => {
    const escalate = { finally: 'escalate', to: ['role:lead'] } as const;
    const run = play(
      graphOf([
        {
          id: 'wait',
          steps: {
            time: wait({ for: 1_800_000 }),
            paid: wait({ signal: 'paid' }),
            late: wait({ signal: 'never', within: 5000, onFailure: escalate }),
            retried: wait({
              signal: 'again',
              within: 5000,
              retry: { attempts: 2, backoff: 'fixed', delay: 1000 },
            }),
          },
        },
        {
          id: 'early',
          needs: ['wait'],
          steps: {
            kept: wait({ signal: 'paid' }),
            agree: approval({ onReject: { redo: 1, max: 1, others: false } }),
          },
        },
      ]),
    );
    for (const payload of ['first', 'second']) run.do({ type: 'signal', signal: 'paid', payload });
    run.pass(5000);
    run.complete(run.task('wait.late'), 'by hand', 'passport_lea');
    run.pass(1000);
    run.do({ type: 'signal', signal: 'again', payload: { n: 1 } });
    run.pass(1_800_000);
    assert.equal(run.step('early.kept').output, 'second');
    run.decide(run.task('early.agree'), 'reject', 'passport_maria', 'once more');
    run.do({ type: 'stop' });
    run.do({ type: 'resume' });
    run.do({ type: 'cancel' });
    return run;
  },

  'nested-runs': () => {
    const run = play(
      graphOf(
        [
          {
            id: 'a',
            steps: {
              each: workflow({ forEach: [1, 2], retry: { attempts: 2 }, input: { n: 1 } }),
              agree: approval({ onReject: { redo: 0, max: 1, others: false } }),
            },
          },
          {
            id: 'b',
            needs: ['a'],
            steps: { broken: task({ input: expression(() => null) }), odd: task({ if: 'maybe' }) },
          },
        ],
        { limits: { tasks: 40, cost: { amount: 10, currency: 'USD' } } },
      ),
      { parent: { run: 'parent', step: 'x.y', slot: 3 }, depth: 2, accountable: null },
    );
    const [first] = run.children;
    assert.ok(first);
    run.endChild({
      ...first,
      failure: { code: 'broke', message: 'it broke' },
      usage: { tasks: 2, tokens: 5, cost: 0.5 },
    });
    const leaving = run.children;
    run.decide(run.task('a.agree'), 'reject');
    for (const child of leaving) run.endChild({ ...child, usage: { tasks: 1, tokens: 0, cost: 0 } });
    for (const child of run.children)
      run.endChild({ ...child, output: 'done', contributors: ['passport_agent'] });
    run.decide(run.task('a.agree'), 'approve', 'passport_omar');
    run.complete(run.task('b.broken'));
    assert.equal(run.current.status, 'failed');
    return run;
  },

  'rejected-with-open-work': () => {
    const run = play(
      graphOf([
        {
          id: 'a',
          steps: {
            agree: approval({ within: 60_000 }),
            work: task({ timeout: 60_000 }),
            child: workflow(),
            word: wait({ signal: 'go', within: 60_000 }),
            retrying: task({ retry: { attempts: 2, backoff: 'exponential', delay: 5000 } }),
            slots: task({
              forEach: [1],
              input: {
                reads: [],
                evaluate: () => ({ ok: false, code: 'expression_failed', message: 'no such field' }),
              },
              onFailure: { finally: 'skip' },
            }),
          },
        },
      ]),
    );
    run.fail(run.task('a.retrying'));
    run.decide(run.task('a.agree'), 'reject', 'passport_maria', 'no');
    return run;
  },

  'routed-and-doubted': () => {
    const early = assign({ strategy: 'retain', when: 'early' });
    const run = new Play(
      graphOf([
        { id: 'a', steps: { draft: task({ requires: ['draft'], level: 0.5 }), late: task() } },
        {
          id: 'b',
          needs: ['a'],
          steps: { check: task({ by: 'human', separateFrom: ['a.draft'], assign: early }) },
        },
        { id: 'c', needs: ['b'], steps: { never: task({ assign: early, if: false }) } },
      ]),
    );
    const held: Placement = { kind: 'held' };
    const offered: Placement = { kind: 'offered', to: ['passport_agent'] };
    const given = (to: string, begin = false): Placement => ({ kind: 'assigned', to, begin });
    let answers: Record<string, Placement> = {
      'a.draft': given('passport_agent', true),
      'a.late': given('passport_other'),
      'b.check': given('passport_eva'),
      'c.never': { kind: 'offered', to: ['passport_eva', 'passport_bo'] },
    };
    run.routing = {
      route: ({ step }) => ({ placement: answers[step] ?? offered, explanation: { s: 'best_fit' } }),
    };
    run.begin();
    const late = run.task('a.late');
    const draft = run.take(run.task('a.draft'));
    answers = { 'a.draft': held, 'a.late': held };
    run.do({ type: 'task.complete', ...draft, output: 'a draft', confidence: 0.4 }, agent);
    run.do({ type: 'task.decline', task: late.id, participant: 'passport_other' }, actor('passport_other'));
    answers = { 'b.check': given('passport_eva') };
    for (const { id } of [run.task('a.draft'), late])
      run.do({ type: 'task.route', task: id, reason: 'somebody came' });
    run.complete(run.task('a.draft'), 'a better draft');
    run.complete(late);
    run.complete(run.task('b.check'), 'right', 'passport_eva');
    assert.equal(run.current.status, 'completed');
    return run;
  },

  'people-at-work': () => {
    const rules = { ...USUAL_RULES, stakeholders: ['role:owner'], delegates: 'anybody' } as const;
    const early = { strategy: 'offer', step: null, when: 'early', load: null, fallback: 'offer' } as const;
    const run = play(
      graphOf([
        {
          id: 'a',
          steps: {
            alone: task({ by: 'human', from: ['passport_eva'], rules, timeout: 600_000 }),
            many: task({ by: 'human', rules: { ...rules, activation: 'manual' } }),
            later: task({ by: 'human', activateAt: expression(() => MONDAY + 60_000) }),
            ended: task({ by: 'human', onFailure: { finally: 'skip' } }),
          },
        },
        { id: 'b', needs: ['a'], steps: { ahead: task({ assign: { ...early, order: 'any' } }) } },
        { id: 'c', needs: ['b'], steps: { last: task({ by: 'human', from: ['passport_eva'] }) } },
      ]),
    );
    const eva = actor('passport_eva');
    const alone = run.task('a.alone');
    run.take(alone, 'passport_eva');
    run.do({ type: 'task.comment', task: alone.id, text: 'Look', mentions: ['role:owner'] }, eva);
    const sheet = { name: 'sheet', sha256: 'ab'.repeat(32), mediaType: 'text/csv' };
    run.do({ type: 'task.attach', task: alone.id, ...sheet }, eva);
    run.do({ type: 'task.detach', task: alone.id, name: 'sheet' }, eva);
    run.do({ type: 'task.draft', task: alone.id, token: alone.token, draft: { so: 'far' } }, eva);
    run.do({ type: 'task.set', task: alone.id, priority: 9, deadline: MONDAY + 900_000 });
    run.do(
      { type: 'task.request_help', task: alone.id, token: alone.token, from: 'role:expert', text: 'How?' },
      eva,
    );
    run.do({ type: 'task.help', task: alone.id, request: 1, output: 'So.' }, actor('passport_bo'));
    run.do({ type: 'task.stop', task: alone.id, token: alone.token }, eva);
    run.do({ type: 'task.suspend', task: alone.id, token: alone.token, until: MONDAY + 120_000 }, eva);
    const many = run.task('a.many');
    run.do({ type: 'task.activate', task: many.id, token: many.token });
    run.do({ type: 'task.delegate', task: many.id, token: many.token, to: 'passport_bo', keepState: false });
    run.do({ type: 'task.forward', task: many.id, token: many.token, to: 'passport_eva', from: null });
    run.do({ type: 'task.suspend', task: many.id, token: many.token });
    run.do({ type: 'task.resume', task: many.id, token: many.token });
    const later = run.task('a.later');
    run.do({ type: 'task.nominate', task: later.id, token: later.token, to: ['passport_bo'] });
    const ended = run.task('a.ended');
    run.do({ type: 'task.exit', task: ended.id, token: ended.token, reason: 'not wanted' });
    run.do({ type: 'task.predo', task: run.task('b.ahead').id, output: 'ready' }, actor('passport_bo'));
    run.pass(150_000);
    for (const one of [alone, many, later]) run.complete(one, 'done', one.assignee ?? 'passport_eva');
    run.do({ type: 'task.redo', task: many.id, step: 'a.many', round: 1, reason: 'once more' });
    return run;
  },

  'approvals-and-deadlines': approvalsAndDeadlines,
  'bounded-by-policies': boundedByPolicies,
  'approved-result': approvedResult,
  'approved-work': approvedWork,
  undone,
  'held-with-parent': heldWithParent,
};

const agent = actor('passport_agent', 'passport_anna');
