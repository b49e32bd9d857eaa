import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '../definition/index.ts';
import { planProposal, proposalRequest, readAnswer, repairRequest, type Plan } from './index.ts';
import { contract, goalOf, viewOf, type Sample } from './samples/organisation.ts';

const sample: Sample = {
  contracts: [
    contract('read', ['invoice'], ['facts'], { description: 'Reads invoices' }),
    contract('sum', ['facts[]'], ['summary']),
    contract('tell', ['summary'], ['letter'], { step: { by: 'human' } }),
    contract('lettering', ['summary'], ['letter']),
    contract('fly', ['wings'], ['flight']),
  ],
  people: { reader: ['read'], analyst: ['sum', 'lettering'], clerk: ['tell'] },
  humans: ['clerk'],
};
const goal = goalOf(['read', 'sum'], { input: { invoices: ['a secret', 'b'] } });
const step = (id: string, capabilities: string[], more: object = {}) => ({
  id,
  description: `Please ${id}`,
  capabilities,
  after: [],
  by: 'any',
  ...more,
});
const planned = (steps: Json, asked = goal) =>
  planProposal(asked, viewOf(sample), { now: 0, id: 'plan_1' }, { value: { steps }, model: 'small' });
const made = (steps: Json, asked = goal): Plan => {
  const result = planned(steps, asked);
  assert.ok(result.ok, JSON.stringify(result));
  return result.plan;
};
const refused = (steps: Json, asked = goal): string => {
  const result = planned(steps, asked);
  assert.ok(!result.ok, 'it was planned');
  return result.problems.map(({ message }) => message).join(' ');
};

describe('what a model proposes', () => {
  test('is ordered, given its input and its participants like any plan', () => {
    const plan = made([step('adding', ['sum']), step('reading', ['read'])]);
    assert.deepEqual(
      plan.executionPlan.map((one) => [one.step, one.description, one.assignedTo]),
      [
        ['reading.each', 'Please reading', 'reader'],
        ['adding.work', 'Please adding', 'analyst'],
      ],
    );
    assert.ok(plan.explanation.some(({ because }) => because === 'proposed by the model small'));
    assert.equal(plan.guessed, false);
  });

  test('may put capabilities together, add work for people, and say what comes first', () => {
    const together = made([
      step('reading', ['read']),
      step('telling', ['sum', 'lettering'], { by: 'agent' }),
      step('looking', [], { by: 'human', after: ['reading'] }),
    ]);
    assert.deepEqual(
      together.executionPlan.map(({ step: one, requiredCapabilities }) => [one, requiredCapabilities]),
      [
        ['reading.each', ['read']],
        ['telling.work', ['sum', 'lettering']],
        ['looking.work', []],
      ],
    );
    const phases = together.definition['phases'] as unknown as { id: string; needs?: string[] }[];
    assert.deepEqual(phases.find(({ id }) => id === 'looking')?.needs, ['reading']);
    const performers = JSON.stringify(phases).match(/"by":"\w+"/g);
    assert.deepEqual(
      performers,
      ['"by":"agent"', '"by":"human"'],
      'of whom it says nothing it may be either',
    );
    const said = JSON.stringify(
      made([step('reading', ['read']), step('telling', ['sum'], { by: 'agent' })]).definition,
    );
    assert.match(said, /"requires":\["sum"\],"by":"agent"/);
  });

  test('is refused in words that say what is wrong', () => {
    const reading = step('reading', ['read']);
    const adding = step('adding', ['sum']);
    for (const [steps, said] of [
      ['none', /steps/],
      [[], /steps/],
      [[{ ...reading, extra: 1 }], /extra/],
      [[reading, step('reading', ['sum'])], /Two steps are called 'reading'/],
      [[reading, { ...adding, after: ['flying'] }], /comes after 'flying', which is no other step/],
      [[reading, { ...adding, after: ['adding'] }], /comes after 'adding', which is no other step/],
      [[reading, step('adding', ['adding'])], /There is no capability 'adding'/],
      [[reading, adding, step('again', ['read'])], /'read' is used more than once/],
      [[reading], /The required sum is in no step/],
      [[reading, adding, step('idle', [])], /'idle' names no capability, and is not for a human/],
      [
        [reading, adding, step('telling', ['tell'], { by: 'agent' })],
        /'telling' is for agent, and tell is for human/,
      ],
      [[reading, adding, step('flying', ['fly'])], /Nobody can do fly/],
    ] as [Json, RegExp][])
      assert.match(refused(steps), said);
    assert.match(
      refused([step('both', ['read', 'sum']), step('looking', [], { by: 'human' })]),
      /Nobody can do the step 'both': no participant has read and sum, for it to be done in one go\./,
    );
    assert.match(
      refused([step('reading', ['read'], { by: 'human' }), adding]),
      /Nobody can do the step 'reading': no human has read\./,
    );
    assert.match(refused([{ ...reading, after: ['adding'] }, adding]), /goes round in a circle/);
    assert.match(
      refused([step('telling', ['tell'])], goalOf([])),
      /telling takes summary, which nothing makes/,
    );
  });
});

describe('what a model is asked', () => {
  test('names capabilities and the shape of the input, and nothing that the input holds', () => {
    const { system, messages, schema } = proposalRequest(goal, viewOf(sample));
    const [message] = messages;
    const asked = JSON.parse(message?.text ?? '') as { input: unknown; capabilities: { id: string }[] };
    assert.deepEqual(asked.input, { invoices: 'list of 2' });
    assert.deepEqual(
      asked.capabilities.map(({ id }) => id),
      ['read', 'sum', 'fly', 'lettering', 'tell'],
      'those that are required come first',
    );
    assert.doesNotMatch(JSON.stringify([system, messages, schema]), /secret/);
  });

  test('again holds what it said and what is wrong with it', () => {
    const first = proposalRequest(goal, viewOf(sample));
    const { messages } = repairRequest(first, 'what I said', [
      { code: 'proposal_invalid', about: 'x', message: 'x is wrong.' },
    ]);
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
    assert.equal(messages[1]?.text, 'what I said');
    assert.match(messages[2]?.text ?? '', /- x is wrong\./);
  });
});

test('an answer is found in what is said around it', () => {
  assert.deepEqual(readAnswer('{"a":1}'), { a: 1 });
  assert.deepEqual(readAnswer('Well:\n```json\n{"a":{"b":2}}\n```\nGood luck!'), { a: { b: 2 } });
  for (const none of ['', 'nothing', '{', '}{', '{"a":']) assert.equal(readAnswer(none), undefined);
});
