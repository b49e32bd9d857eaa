import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { EventView, RunView } from '../client/index.ts';
import { Terminal, type Streams } from './terminal.ts';
import { exitOf, watch } from './watching.ts';

const aRun = (changes: Partial<RunView>, done = 0): RunView =>
  ({
    id: 'run_1',
    definition: { id: 'job', version: 1, digest: '' },
    status: 'running',
    verdict: { verdict: 'running', reason: 'Agents are at work.' },
    usage: { tasks: 3, tokens: 0, cost: 0 },
    createdAt: 0,
    updatedAt: 1000,
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
    endedAt: 2000,
    sequence: 9,
  },
  3,
);

/** What a run shows of itself while these events come. */
const scene = async (isTTY: boolean, events: readonly EventView[], last = ENDED, rows = 24) => {
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
    events: async function* () {
      yield* events;
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
  assert.ok(written.split('\u001b[2A')[1]!.split('\n').length <= 10);
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
