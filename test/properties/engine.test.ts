import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { play } from '../engine-kit/index.ts';
import { make, moves } from './moves.ts';
import { graphFrom, recipe } from './recipe.ts';
import { settle } from './settle.ts';
import { holds } from './settings.ts';

const PARENT = { run: 'parent', step: 'a.do', slot: 0 };

test('whatever is asked of any run, in any order: its invariants hold, and it can be brought to an end', (t) => {
  holds(
    t,
    150,
    fc.record({ recipe, moves, hold: fc.boolean(), child: fc.boolean() }),
    ({ child, hold, ...random }) => {
      const run = play(graphFrom(random.recipe), {
        hold: hold && child,
        ...(child ? { parent: PARENT } : {}),
      });
      for (const move of random.moves) make(run, move);
      settle(run);
      const reports = run.messages.filter(({ kind }) => kind === 'child.end');
      assert.equal(reports.length, child ? 1 : 0, 'the parent hears of the end once');
    },
  );
});

test('a run whose agents all succeed ends without being helped along', (t) => {
  holds(t, 100, recipe, (random) => {
    const run = play(
      graphFrom({ ...random, limits: { ...random.limits, tasks: 1000, tokens: null, cost: null } }),
    );
    settle(run);
    assert.ok(['completed', 'failed'].includes(run.current.status));
  });
});
