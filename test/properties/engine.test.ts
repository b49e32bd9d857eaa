import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Play, play } from '../engine-kit/index.ts';
import { Forest } from './forest.ts';
import { make, moves, movesInForest } from './moves.ts';
import { policiesFrom } from './policies.ts';
import { graphFrom, recipe, withoutChildren } from './recipe.ts';
import { settle } from './settle.ts';
import { routingFrom } from './routing.ts';
import { holds } from './settings.ts';

const PARENT = { run: 'parent', step: 'a.do', slot: 0 };

test('whatever is asked of any run, in any order: its invariants hold, and it can be brought to an end', (t) => {
  holds(
    t,
    150,
    fc.record({
      recipe,
      moves,
      hold: fc.boolean(),
      child: fc.boolean(),
      routed: fc.boolean(),
      bounded: fc.boolean(),
      seed: fc.nat(),
    }),
    ({ child, hold, routed, bounded, seed, ...random }) => {
      const run = new Play(graphFrom(random.recipe));
      run.routing = {
        ...(routed && routingFrom(seed)),
        ...(bounded && { boundaries: policiesFrom(seed) }),
      };
      run.begin({ hold: hold && child, ...(child ? { parent: PARENT } : {}) });
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

test('a tree of runs stays within the caps of its root, ends, and accounts for all it used', (t) => {
  const graphs = fc.tuple(recipe, recipe, recipe.map(withoutChildren));
  holds(t, 60, fc.record({ graphs, moves: movesInForest }), (random) => {
    const forest = new Forest(random.graphs.map(graphFrom));
    for (const move of random.moves) {
      make(forest.plays[move.pick % forest.plays.length] ?? forest.root, move);
      if (move.how % 3 > 0) forest.deliver(move.how, move.how % 7 === 0);
      else forest.collect();
    }
    forest.settle();
    const { tasks, tokens } = forest.used();
    const { usage } = forest.root.current;
    assert.deepEqual({ tasks: usage.tasks, tokens: usage.tokens }, { tasks, tokens });
    for (const play of forest.plays)
      assert.deepEqual(play.current.usage.held, { concurrency: 0, tasks: 0, tokens: 0, cost: 0 });
  });
});
