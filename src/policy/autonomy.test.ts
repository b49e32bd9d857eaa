import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { facts, organisation, policies, rule } from '../../test/policy-kit/index.ts';
import {
  AUTONOMIES,
  AUTONOMY,
  classOfTool,
  evaluate,
  LAUNCH_CONCURRENCY,
  LAUNCH_TASKS,
  noPolicies,
  POINTS,
  type Point,
} from './index.ts';

const NONE = noPolicies('none');
const SHORT = { allow: '-', route_to_human: 'human', require_approval: 'approval', deny: 'deny' };

/** Facts in which exactly this row of the table holds. */
const HOLDS: { readonly [code: string]: readonly [Point, Parameters<typeof facts>[1]] } = {
  non_read_only: ['run.start', { definition: { safety: 'reversible' } }],
  high_concurrency: ['run.start', { estimate: { concurrency: LAUNCH_CONCURRENCY } }],
  high_task_count: ['run.start', { estimate: { tasks: LAUNCH_TASKS } }],
  high_cost: ['run.start', { estimate: { cost: { amount: 10.01, currency: 'USD' } } }],
  agent_on_irreversible: ['task.assign', { run: { safety: 'irreversible' } }],
  read_only_call: ['tool.call', { tool: { class: 'read_only' } }],
  reversible_call: ['tool.call', { tool: { class: 'reversible' } }],
  consequential_call: ['tool.call', {}],
  low_confidence: ['task.complete', { confidence: 0.69 }],
  unknown_confidence: ['task.complete', { confidence: null }],
  read_only_write: ['record.write', { record: { safety: 'read_only' } }],
  reversible_write: ['record.write', { record: { safety: 'reversible', guarded: false } }],
  reversible_guarded: ['record.write', { record: { safety: 'reversible' } }],
  irreversible_write: ['record.write', { record: { guarded: false } }],
  irreversible_guarded: ['record.write', {}],
  to_agent: ['delegate', {}],
  to_person: ['delegate', { grantee: { kind: 'human' } }],
};
const COST = { cost: { amount: 10, currency: 'USD' } };

describe('every row of the table of autonomy', () => {
  for (const point of POINTS)
    for (const [code, row] of Object.entries(AUTONOMY[point]))
      test(`${point} ${code}: ${AUTONOMIES.map((name) => SHORT[row[name]]).join(', ')}`, () => {
        const [at, changes] = HOLDS[code]!;
        assert.equal(at, point);
        for (const autonomy of AUTONOMIES) {
          const ruling = evaluate(NONE, at, facts(at, changes), organisation(autonomy, COST));
          assert.equal(ruling.verdict, row[autonomy], autonomy);
          const codes = ruling.reasons.map((reason) => reason.code);
          assert.deepEqual(codes, row[autonomy] === 'allow' ? [] : [code]);
          assert.equal(ruling.counts, row[autonomy] !== 'allow');
          if (row[autonomy] === 'allow') continue;
          assert.deepEqual(ruling.authority, { kind: 'policy', id: `profile:${autonomy}`, version: '1' });
          assert.deepEqual(ruling.obligations[0]?.restsOn, [`profile:${autonomy}@1`]);
          assert.notDeepEqual(ruling.facts, {});
        }
      });
});

describe('a launch', () => {
  const codes = (changes: Parameters<typeof facts>[1]): string[] =>
    evaluate(NONE, 'run.start', facts('run.start', changes), organisation('balanced', COST)).reasons.map(
      ({ code }) => code,
    );

  test('one below each threshold needs no approval', () => {
    const estimate = {
      concurrency: LAUNCH_CONCURRENCY - 1,
      tasks: LAUNCH_TASKS - 1,
      cost: { amount: 10, currency: 'USD' },
    };
    assert.deepEqual(codes({ estimate }), []);
  });
  test('all reasons are told at once, but one approval asked for', () => {
    const all = {
      definition: { safety: 'irreversible' },
      estimate: { concurrency: 9, tasks: 90, cost: { amount: 11, currency: 'USD' } },
    };
    assert.deepEqual(codes(all), ['non_read_only', 'high_concurrency', 'high_task_count', 'high_cost']);
    assert.equal(rule(NONE, 'run.start', facts('run.start', all), 'paranoid').obligations.length, 1);
  });
  test('what nobody can estimate counts as its cap', () => {
    assert.deepEqual(codes({ estimate: { concurrency: null, tasks: null } }), [
      'high_concurrency',
      'high_task_count',
    ]);
    assert.deepEqual(codes({ limits: { cost: { amount: 11, currency: 'USD' } } }), ['high_cost']);
  });
  test('amounts that do not compare count as high', () => {
    assert.deepEqual(codes({ estimate: { cost: { amount: 1, currency: 'JPY' } } }), ['high_cost']);
  });
  test('a run inside of another was launched with it, unless it may do more', () => {
    const estimate = { concurrency: 50, tasks: 500 };
    const inside = (safety: string, parent: string) =>
      codes({ estimate, definition: { safety }, parent: { run: 'run_0', safety: parent } });
    assert.deepEqual(inside('reversible', 'reversible'), []);
    assert.deepEqual(inside('read_only', 'irreversible'), []);
    assert.deepEqual(inside('irreversible', 'reversible'), ['non_read_only']);
  });
});

describe('the profile is a floor', () => {
  const asks = (effect: object) => policies({ id: 'p', on: 'tool.call', ...effect });

  test('policies that ask as much say whom to ask', () => {
    const set = asks({ effect: 'require_approval', from: 'role:customer' });
    const ruling = rule(set, 'tool.call', facts('tool.call'), 'balanced');
    assert.deepEqual(
      ruling.obligations.map(({ restsOn }) => restsOn),
      [['p@1']],
    );
    assert.deepEqual(
      ruling.reasons.map(({ code }) => code),
      ['p', 'consequential_call'],
    );
    assert.equal(ruling.authority.id, 'p');
  });
  test('policies that ask for less do not lower it', () => {
    const set = asks({ effect: 'route_to_human', to: 'role:desk' });
    const ruling = rule(set, 'tool.call', facts('tool.call'), 'balanced');
    assert.equal(ruling.verdict, 'require_approval');
    assert.deepEqual(
      ruling.obligations.map(({ kind, restsOn }) => [kind, restsOn]),
      [
        ['approval', ['profile:balanced@1']],
        ['route', ['p@1']],
      ],
    );
    assert.equal(ruling.authority.id, 'profile:balanced');
  });
  test('what it leaves to a human stays so beside policies that ask for an approval', () => {
    const asked = { id: 'p', on: 'task.complete', effect: 'require_approval', from: 'role:desk' };
    const ruling = rule(policies(asked), 'task.complete', facts('task.complete', { confidence: 0.1 }));
    assert.equal(ruling.verdict, 'require_approval');
    assert.deepEqual(
      ruling.obligations.map(({ kind }) => kind),
      ['approval', 'route'],
    );
  });
  test('a class of tool that is not known counts as consequential', () => {
    const odd = facts('tool.call', { tool: { class: 'harmless' } });
    assert.equal(rule(NONE, 'tool.call', odd, 'balanced').verdict, 'require_approval');
  });
  test('a tool is what its own name says, else the longest beginning of it, and never less than its caller says', () => {
    const { profile } = organisation('balanced', {
      tools: { 'shop*': 'read_only', 'shop_*': 'reversible', shop: 'consequential' },
    });
    assert.deepEqual(
      ['shop', 'shops', 'shop_x', 'other'].map((name) => classOfTool(profile, name, null)),
      ['consequential', 'read_only', 'reversible', 'consequential'],
    );
    assert.equal(classOfTool(profile, 'shops', 'reversible'), 'reversible');
    assert.equal(classOfTool(profile, 'shop_x', 'read_only'), 'reversible');
  });
  test('a person who starts a run has decided on its launch, where the profile says so, but for its cost', () => {
    const changes = { definition: { safety: 'irreversible' }, estimate: { tasks: 99, concurrency: 99 } };
    const codes = (kind: string, more: object, peopleLaunch = true): readonly string[] => {
      const given = facts('run.start', { ...changes, startedBy: { kind }, ...more });
      return evaluate(
        NONE,
        'run.start',
        given,
        organisation('balanced', { ...COST, peopleLaunch }),
      ).reasons.map(({ code }) => code);
    };
    const all = ['non_read_only', 'high_concurrency', 'high_task_count'];
    assert.deepEqual(codes('human', {}), []);
    assert.deepEqual(codes('human', {}, false), all);
    assert.deepEqual(codes('agent', {}), all);
    assert.deepEqual(codes('human', { estimate: { cost: { amount: 11, currency: 'USD' } } }), ['high_cost']);
    const parent = { run: 'run_a', safety: 'read_only' };
    assert.deepEqual(codes('human', { parent }), ['non_read_only'], 'it started another run');
  });
  test('the threshold of confidence can be set', () => {
    const verdict = (confidence: number) =>
      evaluate(
        NONE,
        'task.complete',
        facts('task.complete', { confidence: 0.8 }),
        organisation('aggressive', { confidence }),
      ).verdict;
    assert.deepEqual([verdict(0.8), verdict(0.81)], ['allow', 'route_to_human']);
  });
  test('of people and systems nobody asks how sure they are', () => {
    for (const kind of ['human', 'system'])
      for (const confidence of [0.1, null]) {
        const given = facts('task.complete', { participant: { kind }, confidence });
        assert.equal(rule(NONE, 'task.complete', given, 'paranoid').verdict, 'allow');
      }
  });
});
