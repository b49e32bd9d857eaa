import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '../definition/index.ts';
import type { Plan } from './index.ts';
import { contract, goalOf } from './samples/organisation.ts';
import { apart, because, invoices, made, MOMENT, read, refused, sum } from './samples/plans.ts';

interface Shown {
  readonly id: string;
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly steps: readonly {
    readonly id: string;
    readonly forEach?: string;
    readonly task?: { readonly requires?: readonly string[]; readonly input: Json; readonly from?: Json };
    readonly approval?: { readonly from: Json; readonly subject: Json; readonly onReject?: Json };
  }[];
}
const phasesOf = ({ definition }: Plan): readonly Shown[] => definition['phases'] as unknown as Shown[];
const phase = (one: Plan, id: string): Shown =>
  phasesOf(one).find((found) => found.id === id) ?? assert.fail(`there is no phase ${id}`);
const inputOf = (one: Plan, id: string): Json => phase(one, id).steps[0]?.task?.input ?? null;
describe('order and shapes', () => {
  test('capabilities stand in the order of what they consume and produce, whatever order they are named in', () => {
    for (const names of [
      ['read', 'sum'],
      ['sum', 'read'],
    ]) {
      const one = made(goalOf(names, invoices), apart);
      assert.deepEqual(
        one.executionPlan.map(({ step, requiredCapabilities, assignedTo }) => [
          step,
          requiredCapabilities,
          assignedTo,
        ]),
        [
          ['read.each', ['read'], 'reader'],
          ['sum.work', ['sum'], 'analyst'],
        ],
      );
      assert.deepEqual(phase(one, 'sum').needs, ['read']);
    }
  });

  test('what takes one of a list is done for each, and what takes a list gets it whole', () => {
    const one = made(goalOf(['read', 'sum'], invoices), apart);
    assert.equal(phase(one, 'read').steps[0]?.forEach, '${ input.invoices }');
    assert.deepEqual(inputOf(one, 'read'), { invoice: '${ item }' });
    assert.deepEqual(inputOf(one, 'sum'), { facts: '${ phases.read.each.outputs }' });
    assert.deepEqual(one.definition['output'], { summary: '${ phases.sum.work.output }' });
    assert.match(because(one, 'read'), /done for each of input\.invoices/);
  });

  test('one of a kind is a list of one for whoever takes a list', () => {
    const one = made(goalOf(['read', 'sum'], { input: { invoice: 'a' } }), apart);
    assert.deepEqual(inputOf(one, 'read'), { invoice: '${ input.invoice }' });
    assert.deepEqual(inputOf(one, 'sum'), { facts: '${ [phases.read.work.output] }' });
  });

  test('results over one list belong together by their place in it', () => {
    const check = contract('check', ['invoice', 'facts'], ['verdict']);
    const one = made(goalOf(['read', 'check'], invoices), {
      contracts: [read, check],
      people: { a: ['read'], b: ['check'] },
    });
    assert.equal(phase(one, 'check').steps[0]?.forEach, '${ input.invoices }');
    assert.deepEqual(inputOf(one, 'check'), {
      invoice: '${ item }',
      facts: '${ phases.read.each.outputs[index] }',
    });
  });

  test('lists that are made for each of a list go to whoever takes a list, for each', () => {
    const lines = contract('lines', ['invoice'], ['line[]']);
    const total = contract('total', ['line[]'], ['amount']);
    const people = { a: ['lines'], b: ['total'], c: ['price'] };
    const one = made(goalOf(['lines', 'total'], invoices), { contracts: [lines, total], people });
    assert.deepEqual(inputOf(one, 'total'), { line: '${ item }' });
    const price = contract('price', ['line'], ['amount']);
    const [code, about] = refused(goalOf(['lines', 'price'], invoices), {
      contracts: [lines, price],
      people,
    });
    assert.deepEqual([code, about], ['list_of_lists', 'line']);
  });

  test('several products of one step have a member each', () => {
    const split = contract('split', ['invoice'], ['head', 'body']);
    const one = made(goalOf(['split', 'end'], invoices), {
      contracts: [split, contract('end', ['body[]'], ['end'])],
      people: { a: ['split'], b: ['end'] },
    });
    assert.deepEqual(inputOf(one, 'end'), { body: '${ phases.split.each.outputs.map(one, one.body) }' });
  });

  test('what is left out of a list leaves no gap in it', () => {
    const careful = { ...read, step: { onFailure: 'skip' as const } };
    const one = made(goalOf(['read', 'sum'], invoices), { ...apart, contracts: [careful, sum] });
    assert.deepEqual(inputOf(one, 'sum'), {
      facts: '${ phases.read.each.outputs.filter(one, one != null) }',
    });
  });

  test('what is left out of a list has no place in it any more', () => {
    const careful = { ...read, step: { onFailure: 'skip' as const } };
    const check = contract('check', ['invoice', 'facts'], ['verdict']);
    const people = { a: ['read'], b: ['check'] };
    const [code] = refused(goalOf(['read', 'check'], invoices), { contracts: [careful, check], people });
    assert.equal(code, 'lists_unrelated');
  });

  test('what may be left out is nothing, and no part of a list', () => {
    const split = contract('split', ['invoice'], ['head', 'body']);
    const ends = [contract('end', ['body[]', 'head'], ['end'])];
    const people = { a: ['split'], b: ['end'] };
    const goal = goalOf(['split', 'end'], { input: { invoice: 'a' } });
    for (const step of [
      { onFailure: 'skip' as const },
      { skippable: true },
      { if: '${ input.invoice != null }' },
    ]) {
      const one = made(goal, { contracts: [{ ...split, step }, ...ends], people });
      const at = 'phases.split.work.output';
      assert.deepEqual(inputOf(one, 'end'), {
        body: `\${ [(${at} != null ? ${at}.body : null)].filter(one, one != null) }`,
        head: `\${ (${at} != null ? ${at}.head : null) }`,
      });
    }
    const sure = made(goal, { contracts: [split, ...ends], people });
    assert.deepEqual(inputOf(sure, 'end'), {
      body: '${ [phases.split.work.output.body] }',
      head: '${ phases.split.work.output.head }',
    });
  });

  test('a list that may be left out is empty', () => {
    const lines = contract('lines', ['invoice'], ['line[]'], { step: { skippable: true } });
    const one = made(goalOf(['lines', 'price'], { input: { invoice: 'a' } }), {
      contracts: [lines, contract('price', ['line'], ['amount'])],
      people: { a: ['lines'], b: ['price'] },
    });
    const at = 'phases.lines.work.output';
    assert.equal(phase(one, 'price').steps[0]?.forEach, `\${ (${at} != null ? ${at} : []) }`);
  });

  test('what refines a kind stands between whoever makes it and everybody else', () => {
    const clean = contract('clean', ['facts'], ['facts']);
    const one = made(goalOf(['sum', 'clean', 'read'], invoices), {
      contracts: [read, clean, sum],
      people: { a: ['read'], b: ['clean'], c: ['sum'] },
    });
    assert.deepEqual(
      one.executionPlan.map(({ step }) => step),
      ['read.each', 'clean.each', 'sum.work'],
    );
  });

  test('capabilities that say nothing follow each other as they are named, with all there is', () => {
    const goal = goalOf(['research', 'writing'], { goal: 'Write ${ about } it', input: { topic: 'x' } });
    const one = made(goal, { people: { a: ['research'], b: ['writing'] } });
    assert.deepEqual(phase(one, 'writing').needs, ['research']);
    assert.deepEqual(inputOf(one, 'writing'), {
      goal: 'Write $${ about } it',
      input: '${ input }',
      results: { research: '${ phases.research.work.output }' },
    });
  });
});

test('what takes the whole input takes it of whatever type it is', () => {
  for (const [input, schema] of [
    [{ a: 1 }, { type: 'object' }],
    [['a'], { type: 'array', items: { type: 'string' } }],
    [5, { type: 'number' }],
    [null, {}],
  ] as const)
    assert.deepEqual(made(goalOf(['u'], { input }), { people: { a: ['u'] } }).definition['input'], schema);
});

describe('who', () => {
  test('one participant that has everything gets one step', () => {
    const steps = [contract('a', ['x'], ['y']), contract('b', ['y'], ['z'])];
    const people = { one: ['a'], all: ['a', 'b'], two: ['b'] };
    const one = made(goalOf(['a', 'b'], { input: { x: 1 } }), { contracts: steps, people });
    assert.deepEqual(
      one.executionPlan.map(({ assignedTo, requiredCapabilities }) => [assignedTo, requiredCapabilities]),
      [['all', ['a', 'b']]],
    );
    assert.deepEqual(one.definition['output'], { z: '${ phases.a.work.output }' });
    assert.match(because(one, 'steps'), /^all has all of a and b, so that one step does it$/);
  });

  test('but not where one works on each of a list and another on the whole', () => {
    const one = made(goalOf(['read', 'sum'], invoices), { ...apart, people: { all: ['read', 'sum'] } });
    assert.equal(one.executionPlan.length, 2);
    assert.match(
      because(one, 'steps'),
      /all has all of .*, but read is done for each of a list and sum once/,
    );
  });

  test('nor where they are done in different ways', () => {
    const steps = [
      contract('a', ['x'], ['y'], { step: { timeout: '1h' } }),
      contract('b', ['y'], ['z'], { step: { timeout: '2h' } }),
    ];
    const one = made(goalOf(['a', 'b'], { input: { x: 1 } }), {
      contracts: steps,
      people: { all: ['a', 'b'] },
    });
    assert.match(because(one, 'steps'), /but they are done in different ways/);
  });

  test('who is preferred gets what they may do, and nothing else', () => {
    const people = { first: ['read', 'sum'], second: ['read'] };
    const one = made(goalOf(['read', 'sum'], { ...invoices, preferredAssignee: 'second' }), {
      ...apart,
      people,
    });
    assert.deepEqual(
      one.executionPlan.map(({ assignedTo }) => assignedTo),
      ['second', 'first'],
    );
    assert.deepEqual(phase(one, 'read').steps[0]?.task?.from, ['second']);
    const other = made(goalOf(['read'], { ...invoices, preferredAssignee: 'nobody' }), { ...apart, people });
    assert.match(other.notices.join(), /nobody was asked for, and can do none/);
  });

  test('a step that is for certain parties is not given to somebody else who is preferred', () => {
    const mine = { ...read, step: { from: 'role:clerk' } };
    const sample = { contracts: [mine], people: { a: ['read'], b: ['read'] }, roles: { a: ['clerk'] } };
    const one = made(goalOf(['read'], { ...invoices, preferredAssignee: 'b' }), sample);
    assert.deepEqual(
      [one.executionPlan[0]?.assignedTo, phase(one, 'read').steps[0]?.task?.from],
      ['a', ['role:clerk']],
    );
  });
});

describe('people in the loop', () => {
  test('an approval stands at the end, over all that came of it; rejected work goes back to what people did', () => {
    const clarify = contract('clarify', ['facts[]'], ['note'], { step: { by: 'human' } });
    const last = contract('sum', ['facts[]', 'note'], ['summary']);
    const one = made(goalOf(['read', 'sum'], { ...invoices, humanInLoop: true, approvers: ['role:cfo'] }), {
      contracts: [read, clarify, last],
      people: { a: ['read'], b: ['sum'], c: ['clarify'] },
      humans: ['c'],
    });
    const { approval } = phase(one, 'approval').steps[0] ?? {};
    assert.deepEqual(approval?.from, ['role:cfo']);
    assert.deepEqual(approval?.onReject, { redo: 'clarify', max: 3 });
    assert.deepEqual(approval?.subject, {
      note: '${ phases.clarify.work.output }',
      summary: '${ phases.sum.work.output }',
    });
    assert.match(because(one, 'clarify'), /^added, because it makes note, which sum takes/);
    const [, , , end] = one.executionPlan;
    assert.deepEqual([end?.assignedTo, end?.reason], [null, 'role:cfo decides']);
  });

  test('what a boundary asks before work begins is named, and asked by the run alone', () => {
    const one = made(goalOf(['read', 'sum'], invoices), {
      ...apart,
      approvals: { sum: { from: ['role:boss'], reason: 'sums are for the boss' } },
    });
    assert.deepEqual(phase(one, 'sum').needs, ['read']);
    assert.equal(one.executionPlan.length, 2);
    assert.match(one.executionPlan[1]?.reason ?? '', /; role:boss decides before it begins$/);
    const asked = one.explanation.filter(({ about }) => about === 'sum').map(({ because }) => because);
    assert.ok(asked.includes('role:boss decides before it begins, because sums are for the boss'));
  });

  test('terms of a capability are those of its step', () => {
    const step = {
      if: '${ size(consumes.invoice) > 0 }',
      retry: { attempts: 2 },
      onFailure: { finally: 'escalate' as const, to: 'role:boss' },
    };
    const one = made(goalOf(['sum']), {
      contracts: [contract('sum', [], ['summary'], { step: { retry: { attempts: 2 } } })],
      people: { a: ['sum'] },
    });
    assert.deepEqual((phase(one, 'sum').steps[0] as { retry?: object }).retry, { attempts: 2 });
    const other = made(goalOf(['read'], { input: { invoice: 'text' } }), {
      contracts: [{ ...read, step }],
      people: { a: ['read'] },
    });
    assert.equal(phase(other, 'read').if, '${ size(input.invoice) > 0 }');
  });
});

const euros = (amount: number) => ({ amount, currency: 'EUR' });
describe('limits and estimates', () => {
  test('budget and deadline become limits; a deadline that has passed is refused', () => {
    const budget = { cost: { amount: 2, currency: 'EUR' }, tokens: 500 };
    const one = made(goalOf(['read'], { ...invoices, budget, deadline: MOMENT.now + 60_000 }), apart);
    assert.deepEqual(one.definition['limits'], { cost: budget.cost, tokens: 500, duration: '60000ms' });
    const far = made(goalOf(['read'], { ...invoices, deadline: 1e15 }), apart);
    assert.equal(far.definition['limits'], undefined, 'so far away is no limit');
    assert.equal(
      refused(goalOf(['read'], { ...invoices, deadline: MOMENT.now }), apart)[0],
      'deadline_passed',
    );
  });

  test('time is that of the longest way, cost and tokens are sums, by what such work took so far', () => {
    const left = contract('left', ['facts[]'], ['l']);
    const right = contract('right', ['facts[]'], ['r']);
    const took: Record<string, number> = { read: 100, left: 10, right: 70 };
    const one = made(goalOf(['read', 'left', 'right'], invoices), {
      contracts: [read, left, right],
      people: { a: ['read'], b: ['left'], c: ['right'] },
      capacity: 2,
      experience: (_, capability) => ({
        samples: 4,
        duration: took[capability] ?? 0,
        cost: euros(2),
        tokens: 10,
      }),
    });
    const { time, cost, tokens, notes, steps } = one.estimates;
    assert.deepEqual([time, cost, tokens], [270, 10, 50]);
    assert.deepEqual(notes, []);
    assert.deepEqual(
      steps.map(({ items, samples }) => [items, samples]),
      [
        [3, 4],
        [1, 4],
        [1, 4],
      ],
    );
  });

  test('without history there is no figure, and that is said', () => {
    const { time, cost, tokens, notes } = made(goalOf(['read', 'sum'], invoices), apart).estimates;
    assert.deepEqual([time, cost, tokens], [null, null, null]);
    assert.deepEqual(notes, ['no history of read.each and sum.work']);
  });

  test('what is in several currencies has no sum, and is not held against a budget in another', () => {
    const costing = (currencies: Record<string, string>, budget: string | null) =>
      made(
        goalOf(['read', 'sum'], {
          ...invoices,
          budget: { cost: budget === null ? null : { amount: 1, currency: budget }, tokens: null },
        }),
        {
          ...apart,
          experience: (_, capability) => ({
            samples: 1,
            duration: 1,
            cost: { amount: 2, currency: currencies[capability] ?? '' },
            tokens: 1,
          }),
        },
      );
    const one = costing({ read: 'JPY', sum: 'JPY' }, null);
    assert.deepEqual([one.estimates.cost, one.estimates.notes], [8, []]);
    for (const { estimates, notices } of [
      costing({ read: 'JPY', sum: 'EUR' }, null),
      costing({ read: 'JPY', sum: 'JPY' }, 'EUR'),
    ]) {
      assert.deepEqual(
        [estimates.cost, estimates.steps.map(({ cost }) => cost), notices],
        [null, [null, null], []],
      );
      assert.deepEqual(estimates.notes, ['what it will cost: amounts are in EUR and JPY']);
    }
  });

  test('what will not fit is said beforehand', () => {
    const one = made(
      goalOf(['read'], {
        ...invoices,
        deadline: MOMENT.now + 10,
        budget: { cost: { amount: 1, currency: 'EUR' }, tokens: 1 },
      }),
      { ...apart, experience: () => ({ samples: 1, duration: 1000, cost: euros(1), tokens: 1 }) },
    );
    assert.equal(one.notices.length, 3);
  });
});
