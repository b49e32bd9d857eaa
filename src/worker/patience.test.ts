import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../test/e2e/worker-scripted.ts';
import { persist } from './patience.ts';
import { Refused, Unreachable } from './port.ts';

/** A request that `answer` decides on, asked from the beginning of time; and when it was sent, in seconds. */
const asking = (answer: (times: number, clock: ManualClock) => Promise<string>) => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sent: number[] = [];
  const { signal } = stop;
  const answers: string[] = [];
  const asked = persist({ clock, signal, onConnection: () => {} }, (given) => {
    sent.push(Math.round(clock.now() / 1000));
    const gone = new Promise<never>((_, reject) => {
      given.addEventListener('abort', () => reject(new Unreachable('aborted')));
    });
    return Promise.race([answer(sent.length, clock), gone]);
  });
  asked.then(
    (answer) => answers.push(answer),
    () => {},
  );
  return { clock, sent, answers, end: () => stop.abort() };
};
const NEVER = new Promise<never>(() => {});
const after = (clock: ManualClock, seconds: number): Promise<string> =>
  new Promise((resolve) => void clock.after(seconds * 1000, () => resolve('done')));

test('what takes longer than one try may gets longer the next time', async () => {
  const { clock, sent, answers, end } = asking((_, time) => after(time, 100));
  await clock.pass(600_000);
  assert.deepEqual([sent.length, answers], [3, ['done']]);
  end();
});

test('no try is longer than the server has patience for', async () => {
  const { clock, sent, end } = asking(() => NEVER);
  await clock.pass(3_600_000);
  const longest = Math.max(...sent.slice(1).map((at, index) => at - (sent[index] ?? 0)));
  assert.ok(longest >= 300 && longest < 320, `${longest} s`);
  end();
});

test('tries that are lost at once make none longer', async () => {
  const { clock, sent, end } = asking((times) =>
    times <= 6 ? Promise.reject(new Unreachable('away')) : NEVER,
  );
  await clock.pass(120_000);
  const [seventh = 0, eighth = 0] = sent.slice(6);
  assert.ok(eighth - seventh >= 30 && eighth - seventh < 50, `${eighth - seventh} s`);
  end();
});

test('faults of a server that was away between them are not one that lasts', async () => {
  const fault = new Refused({ code: 'internal', status: 500, message: 'a fault' });
  const { clock, answers, end } = asking(async (times) => {
    if (times <= 14) throw new Unreachable('500', times === 7 ? {} : { fault });
    return 'done';
  });
  await clock.pass(600_000);
  assert.deepEqual(answers, ['done']);
  end();
});
