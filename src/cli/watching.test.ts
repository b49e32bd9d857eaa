import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { ProblemError, type EventsRequest, type EventView, type RunView } from '../client/index.ts';
import { moment } from './layout.ts';
import { progressOf } from './progress.ts';
import { Terminal, type Streams } from './terminal.ts';
import { exitOf, watch } from './watching.ts';

const START = Date.now();

const aRun = (changes: Partial<RunView>, done = 0): RunView =>
  ({
    id: 'run_1',
    definition: { id: 'job', version: 1, digest: '' },
    status: 'running',
    verdict: { verdict: 'running', reason: 'Agents are at work.' },
    usage: { tasks: 3, tokens: 0, cost: 0 },
    createdAt: START,
    updatedAt: START + 1000,
    endedAt: null,
    sequence: 1,
    steps: [
      {
        id: 'a.b',
        status: 'open',
        round: 1,
        fanOut: true,
        kind: 'task',
        waits: [],
        children: [],
        failure: null,
        progress: { total: 3, active: 3 - done, waiting: 0, succeeded: done, failed: 0, skipped: 0 },
      },
    ],
    tasks: [],
    ...changes,
  }) as unknown as RunView;

const anEvent = (type: string, payload: object = {}): EventView =>
  ({ type, payload, actor: 'passport_1', sequence: 9 }) as unknown as EventView;

const ENDED = aRun(
  {
    status: 'completed',
    verdict: { verdict: 'ok', reason: 'The run is completed.' },
    endedAt: START + 2000,
    sequence: 9,
  },
  3,
);

type Happening = EventView | { readonly lost: ProblemError | null };

/** What a run shows of itself while these events come. */
const scene = async (isTTY: boolean, happenings: readonly Happening[], last = ENDED, rows = 24) => {
  let written = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString();
      done();
    },
  });
  const output = Object.assign(stream, { isTTY, columns: 60, rows });
  const streams = { input: {}, output, errors: output } as unknown as Streams;
  let asked = 0;
  const client = {
    workflow: { getRun: () => Promise.resolve((asked += 1) === 1 ? aRun({}) : last) },
    events: async function* ({ onConnection }: EventsRequest) {
      for (const happening of happenings)
        if ('lost' in happening) onConnection?.(happening.lost);
        else yield happening;
    },
  };
  const context = { client, terminal: new Terminal(streams, false), signal: new AbortController().signal };
  const watched = await watch(context as never, 'run_1');
  return { written, watched };
};

test('in a terminal the same lines are drawn again, none longer than it is wide', async () => {
  const { written, watched } = await scene(true, [anEvent('run.completed')]);
  assert.equal(exitOf(watched), 0);
  const [first = '', second = ''] = written.split('\u001b[2A');
  assert.match(first, /running: Agents are at work[\s\S]*a\.b.*0\/3/);
  assert.match(second, /ok: The run is completed[\s\S]*a\.b.*3\/3/);
  for (const line of stripVTControlCharacters(written).split('\n')) assert.ok([...line].length < 60, line);
});

test('in a low terminal only as many steps are drawn as can be drawn again', async () => {
  const [step] = aRun({}).steps;
  const steps = Array.from({ length: 40 }, (_, at) => ({ ...step, id: `a.s${at}` }));
  const { written } = await scene(true, [anEvent('run.completed')], { ...ENDED, steps } as RunView, 10);
  const drawn = written.split('\u001b[2A')[1]!;
  assert.ok(drawn.split('\n').length <= 10);
  assert.match(drawn, /a\.s5 [^]*… 34 more steps/);
});

test('what is asked beyond three lines is counted', async () => {
  const ask = (at: number) => ({
    id: `t${at}`,
    step: 'a.b',
    kind: 'approval',
    from: ['role:x'],
    by: null,
    status: 'ready',
  });
  const asking = (count: number) =>
    scene(true, [anEvent('run.completed')], {
      ...ENDED,
      tasks: Array.from({ length: count }, (_, at) => ask(at)),
    } as unknown as RunView);
  assert.match((await asking(3)).written, /approve t2/);
  const { written } = await asking(5);
  assert.match(written, /asks [^]*asks [^]*… 3 more asked/);
  assert.ok(!written.includes('t2'));
});

const LOST = { lost: new ProblemError({ detail: 'There is no answer\u001b[2J from there.' }) };

test('what is shown without a connection is said to be old, above it where lines can be drawn again', async () => {
  const { written } = await scene(true, [LOST, { lost: null }, anEvent('run.completed')]);
  const [before = '', back = ''] = written.replaceAll('\r', '').split('\u001b[3A');
  const lost = stripVTControlCharacters(before.split('\u001b[2A')[1] ?? '');
  assert.match(lost, /No connection since .*\nrunning: [^]*a\.b/);
  assert.doesNotMatch(back, /No connection/);
  for (const line of lost.split('\n')) assert.ok([...line].length < 60, line);
  const { written: lines } = await scene(false, [LOST, { lost: null }, anEvent('run.completed')]);
  assert.match(
    lines,
    /No connection since .*, trying again: There is no answer\[2J from there\.\nConnected again\.\n/,
  );
});

test('the time of a run counts up to its end, or to now while it has none', () => {
  const createdAt = Date.now() - 300_500;
  const begun = { createdAt, updatedAt: createdAt + 1000 };
  assert.match(progressOf(aRun(begun), 160).head, /3 tasks, 5 min/);
  assert.match(progressOf(aRun({ ...begun, status: 'stopped' }), 160).head, /3 tasks, 1\.0 s/);
  assert.match(progressOf(aRun({ ...begun, endedAt: createdAt + 2000 }), 160).head, /3 tasks, 2\.0 s/);
});

test('elsewhere each line is written once, when it is new', async () => {
  const failed = anEvent('task.failed', {
    task: 'run_1:a.b.1:1.1',
    failure: { code: 'broken', message: 'no\u001b[2J way' },
  });
  const { written } = await scene(false, [failed, anEvent('task.completed'), anEvent('run.completed')]);
  assert.deepEqual(
    written
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split('  ')[0]),
    ['running: Agents are at work.', 'a.b', 'task failed', 'ok: The run is completed.', 'a.b'],
  );
  assert.ok(!written.includes('\u001b'), 'nothing steers the terminal');
});

test('the exit code says how the run ended', async () => {
  const failed = aRun({ status: 'failed', verdict: { verdict: 'failed', reason: 'broken' } });
  const { watched } = await scene(false, [anEvent('run.failed')], failed);
  assert.equal(exitOf(watched), 1);
  assert.equal(exitOf({ run: ENDED, interrupted: true }), 130);
});

test('until when a step waits is told in the time of whoever reads', () => {
  const run = aRun({});
  const [step] = run.steps;
  const waits = [{ slot: 0, until: START, signal: null }];
  const { steps } = progressOf({ ...run, steps: [{ ...step, waits }] } as unknown as RunView, 160);
  assert.ok(steps[0]?.endsWith(`waits until ${moment(START)}`), steps[0]);
});
