import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, Office, person, type TaskView } from './office.ts';

/**
 * Exception handling patterns (Russell, van der Aalst, ter Hofstede): `TYPE: CHANGE-CASE-RECOVERY`. Every handler runs once for an
 * exception; the exception and what was done about it are events with cause and actor.
 */
const HOUR = 3_600_000;
const people = [
  person('clerk', { roles: ['clerk'] }),
  person('other', { roles: ['clerk'] }),
  person('lead', { roles: ['lead'] }),
];
type From = 'offered' | 'allocated' | 'started';
type Then = object | 'expire';

/** A task in a state, with a branch beside it and work that comes after it. */
async function exceptional(
  from: From,
  deadlines: readonly object[] = [],
): Promise<{ office: Office; run: string; id: string }> {
  const office = await Office.open(...people);
  const run = await office.start(
    [clerical('a', { deadlines }), clerical('beside')] as never,
    clerical('later'),
  );
  const { id } = await office.task(run, 'p0.a');
  if (from !== 'offered') await office.does('clerk', from === 'allocated' ? 'claim' : 'start', id);
  return { office, run, id };
}

async function overdue(
  from: From,
  then: Then,
): Promise<{ office: Office; run: string; task: TaskView | null; end(): Promise<void> }> {
  const { office, run, id } = await exceptional(from, [{ within: '1h', then }]);
  office.site.bed.clock.move(HOUR);
  const seen = async (): Promise<number> =>
    (await office.events(run)).filter(({ type }) => type === 'task.overdue').length;
  await office.until(async () => (await seen()) === 1);
  const task = (await office.open(run)).find((one) => one.id === id) ?? null;
  const end = async (): Promise<void> => {
    office.site.bed.clock.move(100 * HOUR);
    await office.restart();
    assert.equal(await seen(), 1, 'one handler for one exception, also after a restart');
    const event = (await office.events(run)).find(({ type }) => type === 'task.overdue');
    assert.equal(event?.actor, 'system:humanos');
    assert.equal((await office.task(run, 'p0.beside')).status, 'ready', 'CWC: no other work item is touched');
    await office.close();
  };
  return { office, run, task, end };
}

const REASSIGN_ALL = { reassign: ['role:lead'] };
const REASSIGN_ONE = { reassign: 'passport_lead' };
const ROWS: readonly (readonly [string, From, Then, string | null, string | null])[] = [
  ['DEX: OCO-CWC-NIL continue-offer', 'offered', { notify: 'role:lead' }, 'ready', null],
  ['DEX: ORO-CWC-NIL reoffer', 'offered', REASSIGN_ALL, 'ready', null],
  ['DEX: ARA-CWC-NIL reallocate', 'allocated', REASSIGN_ONE, 'reserved', 'passport_lead'],
  ['DEX: ARO-CWC-NIL reoffer-a', 'allocated', REASSIGN_ALL, 'ready', null],
  [
    'DEX: SCE-CWC-NIL continue-execution',
    'started',
    { notify: 'role:lead' },
    'in_progress',
    'passport_clerk',
  ],
  ['DEX: SRA-CWC-NIL reallocate-s', 'started', REASSIGN_ONE, 'reserved', 'passport_lead'],
  ['DEX: SRO-CWC-NIL reoffer-s', 'started', REASSIGN_ALL, 'ready', null],
  ['DEX: SFF-CWC-NIL force-fail', 'started', 'expire', null, null],
];
for (const [name, from, then, status, assignee] of ROWS)
  test(name, async () => {
    const { office, task, run, end } = await overdue(from, then);
    assert.deepEqual([task?.status ?? null, task?.assignee ?? null], [status, assignee]);
    if (task && typeof then === 'object' && 'reassign' in then) {
      assert.equal(await office.sees('clerk', task.id), false, 'what was offered or held is withdrawn');
      assert.equal(await office.sees('lead', task.id), true);
    }
    const later = (await office.open(run)).some(({ step }) => step === 'p1.later');
    assert.equal(later, false, 'no later item is triggered');
    await end();
  });

const FORCED: readonly (readonly [string, From])[] = [
  ['WIF: OFF-CWC-NIL force-fail-o', 'offered'],
  ['WIF: AFF-CWC-NIL force-fail-a', 'allocated'],
  ['WIF: SFF-CWC-NIL force-fail', 'started'],
  ['EXT: OFF-CWC-NIL force-fail-o', 'offered'],
  ['EXT: AFF-CWC-NIL force-fail-a', 'allocated'],
  ['EXT: SFF-CWC-NIL force-fail', 'started'],
];
for (const [name, from] of FORCED)
  test(`${name}, by an administrator`, async () => {
    const { office, run, id } = await exceptional(from);
    await office.does('root', 'exit', id, { reason: 'it cannot be done' });
    assert.deepEqual(
      (await office.open(run)).map(({ step }) => step),
      ['p0.beside'],
    );
    const event = (await office.events(run)).find(({ type }) => type === 'task.exited');
    assert.equal(event?.actor, 'passport_root');
    await office.complete('other', (await office.task(run, 'p0.beside')).id);
    assert.equal((await office.verdict(run)).verdict, 'failed', 'no later item on this path is triggered');
    await office.close();
  });

for (const from of ['offered', 'allocated', 'started'] as const)
  test(`EXT: ${from === 'offered' ? 'OFF' : from === 'allocated' ? 'AFF' : 'SFF'}-RCC-NIL remove current case`, async () => {
    const { office, run } = await exceptional(from);
    await office.done('root', `/v1/runs/${run}/cancel`, { reason: 'not wanted any more' });
    assert.deepEqual(await office.open(run), []);
    await office.close();
  });

test('WIF: SFF-CWC-NIL a worker says that it failed; branches beside go on, and nothing later begins', async () => {
  const { office, run, id } = await exceptional('started');
  await office.does('clerk', 'fail', id, { code: 'broken', message: 'it broke' });
  assert.deepEqual(
    (await office.open(run)).map(({ step }) => step),
    ['p0.beside'],
  );
  await office.complete('other', (await office.task(run, 'p0.beside')).id);
  assert.equal((await office.verdict(run)).verdict, 'failed');
  await office.close();
});
