import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StillClock } from '../../../test/e2e/http-testbed.ts';
import { refuse, type Task } from '../../engine/index.ts';
import { Rerouting } from './rerouting.ts';
import { Reservations } from './reservations.ts';
import { SetAside } from './set-aside.ts';

const held = (routed: number): Task =>
  ({
    id: 't',
    run: 'r',
    token: 0,
    routed,
    priority: 5,
    createdAt: 0,
    deadline: null,
    requires: [],
    from: [],
  }) as never;

test('what another node has moved is looked at again as it lies now, without anybody else being free (REROUTE-7)', async () => {
  const clock = new StillClock();
  const routed: number[] = [];
  const execute = (_run: string, { seen }: { readonly seen: { readonly routed: number } }) => {
    routed.push(seen.routed);
    const isStale = seen.routed === 0;
    return Promise.resolve(
      isStale ? { ok: false, rejection: refuse('changed_meanwhile', '') } : { ok: true },
    );
  };
  const rerouting = new Rerouting({
    clock,
    runs: () => ({ execute }) as never,
    reservations: new Reservations(),
    stored: async function* () {},
    absence: {
      isAway: () => false,
      isOut: () => false,
      lapsesAfter: () => Infinity,
      whyNot: () => Promise.resolve(null),
    },
    isFull: () => false,
    isWanted: () => true,
    takers: { first: (queue, _, may) => queue.take({ may, fits: () => true }) },
    aside: new SetAside(clock),
    onFault: assert.fail,
  });
  const settled = () => new Promise(setImmediate);
  rerouting.start();
  await settled();
  rerouting.hold(held(0));
  rerouting.freed('x');
  await settled();
  assert.deepEqual(routed, [0]);
  rerouting.hold(held(1));
  await settled();
  assert.deepEqual(routed, [0, 1]);
  await rerouting.stop();
});
