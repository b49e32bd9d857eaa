import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scene, settled } from '../../test/e2e/worker-scripted.ts';
import type { Handler } from './handler.ts';
import { Unreachable, type ToolPort, type ToolRequest } from './port.ts';

const GRANTED: ToolRequest = {
  request: 'run_1:a.b#1/tool-1',
  status: 'granted',
  code: null,
  message: null,
  reasons: [],
  to: [],
  digest: 'd',
  restsOn: [],
  result: null,
};

/** A gate that lets everything pass, and what was told to it; no request leaves when its signal has aborted. */
const gate = () => {
  const told: unknown[] = [];
  const heard = async (what: unknown, signal: AbortSignal): Promise<ToolRequest> => {
    if (signal.aborted) throw new Unreachable('aborted');
    told.push(what);
    return GRANTED;
  };
  const tools: ToolPort = {
    request: (_, { tool }, { signal }) => heard(`request ${tool}`, signal),
    get: (_, __, signal) => heard('get', signal),
    use: (_, __, { signal }) => heard('use', signal),
    done: (_, result, { signal }) => heard({ result }, signal),
    failed: (_, { code }, { signal }) => heard({ code }, signal),
  };
  return { told, tools };
};

/** Begins a call, and tells what came of it when it is told to stop. */
const calling =
  (tell: 'done' | 'failed'): Handler =>
  async (_, { tool, signal }) => {
    const found = await tool({ key: 'one', tool: 'pay', arguments: {} });
    assert.equal(found.may, 'call');
    if (found.may !== 'call') return;
    await found.begin();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await assert.rejects(tool({ key: 'two', tool: 'pay', arguments: {} }), 'nothing is begun any more');
    if (tell === 'done') await found.done('paid');
    else await found.failed({ code: 'cut_off', message: 'cut off', effect: 'unknown' });
  };

test('what came of a call is told, also when the worker stops', async () => {
  for (const [tell, outcome] of [
    ['done', { result: 'paid' }],
    ['failed', { code: 'cut_off' }],
  ] as const) {
    const { told, tools } = gate();
    const { server, clock, begin } = scene(calling(tell));
    Object.assign(server, { tools });
    const worker = begin();
    await settled();
    const stopped = worker.stop(0);
    await clock.pass(10);
    await stopped;
    assert.deepEqual(told, ['request pay', 'use', outcome]);
    assert.equal(server.of('complete').length, 1);
  }
});

test('what came of a call is told, also when the lease is lost', async () => {
  const { told, tools } = gate();
  const { server, clock, begin } = scene(calling('done'));
  server.on = (what) => what === 'heartbeat' && new Unreachable('the line is dead');
  Object.assign(server, { tools });
  const worker = begin();
  await clock.pass(40_000);
  assert.deepEqual(told, ['request pay', 'use', { result: 'paid' }]);
  await worker.stop();
});

test('each call of a claim is asked for under a key of its own, and what had begun before is told to have', async () => {
  const keys: string[] = [];
  const { tools } = gate();
  const request: ToolPort['request'] = async (_, { key }, { idempotencyKey }) => {
    keys.push(idempotencyKey);
    return { ...GRANTED, status: key === 'one' ? 'granted' : 'calling' };
  };
  const begun: unknown[] = [];
  const { server, begin } = scene(async (_, { tool }) => {
    for (const key of ['one', 'two']) {
      const found = await tool({ key, tool: 'pay', arguments: {} });
      begun.push(found.may === 'call' && found.begun);
    }
  });
  Object.assign(server, { tools: { ...tools, request } });
  const worker = begin();
  await settled();
  assert.equal(new Set(keys).size, 2);
  assert.deepEqual(begun, [false, true]);
  await worker.stop();
});

test('a handler is told why a call is denied, and who does what is left to people', async () => {
  const { tools } = gate();
  const denied = { ...GRANTED, request: null, status: 'denied', message: 'No.' };
  const request: ToolPort['request'] = async (_, { key }) =>
    key === 'one'
      ? { ...denied, code: 'policy_denied', reasons: ['too_much'] }
      : { ...denied, code: 'human_required', reasons: ['human'], to: ['role:clerk'] };
  const found: unknown[] = [];
  const { server, begin } = scene(async (_, { tool }) => {
    for (const key of ['one', 'two']) found.push(await tool({ key, tool: 'pay', arguments: {} }));
  });
  Object.assign(server, { tools: { ...tools, request } });
  const worker = begin();
  await settled();
  assert.deepEqual(found, [
    { may: 'not', code: 'policy_denied', reason: 'No.', reasons: ['too_much'] },
    { may: 'hand_over', reason: 'No.', to: ['role:clerk'] },
  ]);
  await worker.stop();
});
