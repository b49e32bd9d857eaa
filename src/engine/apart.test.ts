import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  assign,
  play,
  sequenceOf,
  task,
  workflow,
  type Play,
} from '../../test/engine-kit/index.ts';
import type { Message } from './index.ts';

/** Who is kept out of work, in whatever way it comes to them. */
const OWNER = 'passport_owner';
const start = (run: Play, step: string, assignee: string) => ({
  type: 'task.start' as const,
  task: run.task(step).id,
  assignee,
});

// --- child runs -----------------------------------------------------------------------------------------------------

type End = Extract<Message, { kind: 'child.end' }>;
const endOf = (child: Play): End =>
  child.messages.find((message): message is End => message.kind === 'child.end') ?? assert.fail('no end');

/** Ends the child of a step as the child itself does, after somebody has done its only task. */
const doneBy = (run: Play, ends: 'completes' | 'fails' | 'is cancelled', by = actor('passport_x', OWNER)) => {
  const [place] = run.children;
  assert.ok(place);
  const parent = { run: run.run, step: place.step, slot: place.slot };
  const started = run.messages.findLast((message) => message.kind === 'child.start');
  const { contributors = [] } = started?.kind === 'child.start' ? started : {};
  const child = play(sequenceOf([task(), task()]), { parent, contributors });
  child.do({ type: 'task.complete', ...child.take(child.task('a.do'), by.actor), output: 1 }, by);
  if (ends === 'completes') child.complete(child.task('b.do'), 2, by.actor);
  else if (ends === 'fails') child.fail(child.task('b.do'));
  else child.do({ type: 'cancel' });
  const { parent: _, kind, ...end } = endOf(child);
  assert.equal(kind, 'child.end');
  return { ...end, ...place };
};

test('who worked in a child run did the step that started it, and those who answer for them; nobody else did', () => {
  const run = play(sequenceOf([task(), workflow(), task({ separateFrom: ['b.do'] })]));
  run.complete(run.task('a.do'), 0, 'passport_first');
  run.endChild(doneBy(run, 'completes'));
  assert.deepEqual(run.task('c.do').separate.toSorted(), [OWNER, 'passport_x']);
  run.refused('separation_of_duties', start(run, 'c.do', 'passport_x'), actor('passport_x', OWNER));
  run.refused('separation_of_duties', start(run, 'c.do', 'passport_y'), actor('passport_y', OWNER));
  run.do(start(run, 'c.do', 'passport_first'), actor('passport_first'));
});

test('so did who worked in one that failed, or was withdrawn', () => {
  const again = { retry: { attempts: 2 } };
  const run = play(sequenceOf([workflow(again), task({ separateFrom: ['a.do'] })]));
  run.endChild(doneBy(run, 'fails'));
  const [second] = run.children;
  run.endChild({ ...(second ?? assert.fail()), output: null });
  assert.deepEqual(run.task('b.do').separate.toSorted(), [OWNER, 'passport_x']);

  const back = play(sequenceOf([workflow(), task({ separateFrom: ['a.do'] })]));
  const withdrawn = doneBy(back, 'is cancelled');
  back.do({ type: 'rollback', phase: 'a' });
  back.endChild(withdrawn);
  const [other] = back.children;
  back.endChild({ ...(other ?? assert.fail()), output: null });
  assert.deepEqual(back.task('b.do').separate.toSorted(), [OWNER, 'passport_x']);
});

test('who answers for somebody is known also where another run of the step does not say', () => {
  const run = play(sequenceOf([workflow({ retry: { attempts: 2 } }), task({ separateFrom: ['a.do'] })]));
  run.endChild(doneBy(run, 'fails'));
  const [second] = run.children;
  run.endChild({ ...(second ?? assert.fail()), doers: { passport_x: null } });
  assert.deepEqual(run.task('b.do').separate.toSorted(), [OWNER, 'passport_x']);
});

// --- before its turn -------------------------------------------------------------------------------------------------

const EARLY = assign({ when: 'early' });
const early = (): Play => play(sequenceOf([task(), task({ separateFrom: ['a.do'], assign: EARLY }), task()]));
const predo = (run: Play, by: Parameters<Play['do']>[1]): string[] =>
  run.do({ type: 'task.predo', task: run.task('b.do').id, output: 'early' }, by);

test('what was done before its turn by who then does what it is separate from is not used: it is given out', () => {
  const run = early();
  predo(run, actor('passport_x', OWNER));
  run.do(
    { type: 'task.complete', ...run.take(run.task('a.do'), 'passport_y'), output: 1 },
    actor('passport_y', OWNER),
  );
  const { status, output, predone, separate, reason } = run.task('b.do');
  assert.deepEqual([status, output, predone], ['ready', null, false]);
  assert.deepEqual(separate, ['passport_y', OWNER]);
  assert.match(reason ?? '', /before its turn/);
  run.refused('separation_of_duties', start(run, 'b.do', 'passport_x'), actor('passport_x', OWNER));
  run.complete(run.task('b.do'), 'again', 'passport_z');
  assert.equal(run.step('b.do').output, 'again');
});

test('what somebody else did before its turn is used', () => {
  const run = early();
  predo(run, actor('passport_x'));
  run.complete(run.task('a.do'), 1, 'passport_y');
  assert.equal(run.step('b.do').output, 'early');
});

test('what is noted on it before its turn is there when its turn has come', () => {
  const run = early();
  run.do({ type: 'task.comment', task: run.task('b.do').id, text: 'mind the date', mentions: [] });
  run.complete(run.task('a.do'));
  assert.equal(run.task('b.do').notes?.comments[0]?.text, 'mind the date');
});

test('what is announced of a step that goes back with others is taken back', () => {
  const onReject = { redo: 0, max: 1, others: false };
  const run = play(sequenceOf([task(), approval({ onReject }), task({ assign: EARLY })]));
  run.complete(run.task('a.do'));
  run.decide(run.task('b.do'), 'reject');
  assert.deepEqual(
    run.open.map(({ step }) => step),
    ['a.do'],
  );
});

// --- escalation and review -------------------------------------------------------------------------------------------

const BOB = 'passport_bob';
const escalates = { then: null, finally: 'escalate' as const, to: ['role:lead'] };

test('who is excluded from work is excluded from it also when it has failed, or is doubted', () => {
  const step = task({ excluded: [BOB], onFailure: escalates });
  const failed = play(sequenceOf([step]));
  failed.fail(failed.task('a.do'));
  failed.refused('participant_excluded', start(failed, 'a.do', BOB), actor(BOB));
  failed.do(start(failed, 'a.do', 'passport_lea'), actor('passport_lea'));

  const doubted = play(sequenceOf([step]));
  const held = doubted.take(doubted.task('a.do'));
  const by = actor('passport_agent', OWNER);
  doubted.do({ type: 'task.complete', ...held, output: 1, confidence: 0.1 }, by);
  assert.equal(doubted.task('a.do').kind, 'escalation');
  doubted.refused('participant_excluded', start(doubted, 'a.do', BOB), actor(BOB));
});

test('so is who did it before it went back to be done by others', () => {
  const back = { redo: 0, max: 1, others: true, appeal: [] };
  const run = play(sequenceOf([task({ onFailure: escalates }), approval({ onReject: back })]));
  run.complete(run.task('a.do'), 1, BOB);
  run.decide(run.task('b.do'), 'reject', 'passport_maria', 'do it again');
  run.fail(run.task('a.do'));
  assert.deepEqual(run.task('a.do').excluded, [BOB]);
});

test('it is escalated to nobody who is excluded, where somebody else is there', () => {
  const chain = { ...escalates, to: [BOB, 'role:lead'] };
  const run = play(sequenceOf([task({ excluded: [BOB], onFailure: chain })]));
  run.routing = { canBeDone: ({ from, excluded }) => !from.every((party) => excluded.includes(party)) };
  run.fail(run.task('a.do'));
  assert.deepEqual(run.task('a.do').from, ['role:lead']);
});

test('nor to whoever did what it has to be separate from', () => {
  const chain = { ...escalates, to: [BOB, 'role:lead'] };
  const run = play(sequenceOf([task(), task({ separateFrom: ['a.do'], onFailure: chain })]));
  run.routing = { canBeDone: ({ from, separate }) => !from.every((party) => separate.includes(party)) };
  run.complete(run.task('a.do'), 1, BOB);
  run.fail(run.task('b.do'));
  assert.deepEqual(run.task('b.do').from, ['role:lead']);
  run.refused('separation_of_duties', start(run, 'b.do', BOB), actor(BOB));
});

test('where nobody is there of those it is escalated to, it waits for them', () => {
  const run = play(sequenceOf([task({ onFailure: escalates })]), { accountable: null });
  run.routing = { canBeDone: () => false };
  run.fail(run.task('a.do'));
  assert.deepEqual([run.task('a.do').kind, run.task('a.do').from], ['escalation', ['role:lead']]);
});
