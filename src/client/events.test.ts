import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from './client.ts';

test('a stream that somebody ends in order, time and again, is opened anew at once where it had lasted', async (context) => {
  const waits: number[] = [];
  let [lasts, now] = [0, 0];
  const really = setTimeout;
  context.mock.method(performance, 'now', () => now);
  context.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    if (ms < 45_000) waits.push(ms);
    return really(run, ms < 45_000 ? 0 : ms);
  });
  const fetchEnding = async (): Promise<Response> => {
    now += 10_000;
    const pull = (stream: ReadableStreamDefaultController): void => {
      now += lasts;
      stream.close();
    };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const client = createClient({ url: 'http://127.0.0.1:1', fetch: fetchEnding });
  const longest = async (): Promise<number> => {
    const gone = new AbortController();
    waits.length = 0;
    const following = client.events({ signal: gone.signal }).next();
    while (waits.length < 8) await new Promise(setImmediate);
    gone.abort();
    await following;
    return Math.max(...waits);
  };
  lasts = 2000;
  assert.ok((await longest()) <= 100);
  lasts = 100;
  assert.ok((await longest()) > 2000, 'one that ends as it begins is asked for less and less');
});
