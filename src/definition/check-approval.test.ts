import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from './check.ts';
import { compileDefinition } from './compile.ts';
import type { Json, JsonObject } from './json.ts';

const documentOf = (approval: JsonObject, record: JsonObject = {}): Json => ({
  id: 'd',
  phases: [
    {
      id: 'draft',
      steps: [
        {
          id: 'write',
          task: {
            output: { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } },
          },
        },
      ],
    },
    {
      id: 'agree',
      needs: ['draft'],
      steps: [{ id: 'do', approval: { subject: '${ phases.draft.write.output }', ...approval } }],
    },
    {
      id: 'book',
      needs: ['agree'],
      steps: [{ id: 'post', record: { system: 'erp', operation: 'post', ...record } }],
    },
  ],
});
const problemsOf = (approval: JsonObject, record: JsonObject = {}): string[] =>
  checkDefinition(documentOf(approval, record)).map(
    ({ code, path }) => `${code} ${path.replace(/^.*steps\[0\]\./, '')}`,
  );
const nodeOf = (approval: JsonObject) => {
  const compiled = compileDefinition(documentOf(approval), 'x');
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const node = compiled.graph.steps[1];
  assert.ok(node?.kind === 'approval');
  return node;
};

const ROLE = { from: 'role:boss' };
const CASES: readonly (readonly [string, JsonObject, JsonObject?, ...string[]])[] = [
  ['nobody decides', {}, {}, 'missing approval'],
  ['a chain with its own deciders is enough', { chain: [{ from: 'role:boss' }] }, {}],
  [
    'a chain and deciders',
    { ...ROLE, quorum: 2, chain: [ROLE] },
    {},
    'invalid_value approval.from',
    'invalid_value approval.quorum',
  ],
  [
    'a stage that cannot be passed',
    { chain: [{ from: ['p1'], quorum: 2 }] },
    {},
    'quorum_unreachable approval.chain[0].quorum',
  ],
  [
    'a stage by something the subject has not',
    { chain: [{ ...ROLE, if: '${ subject.amount > 10.0 }' }] },
    {},
  ],
  [
    'a stage that never comes up',
    { chain: [ROLE, { ...ROLE, if: false }] },
    {},
    'unreachable approval.chain[1].if',
  ],
  [
    'a stage that never comes up, by an expression',
    { chain: [{ ...ROLE, if: '${ 1 > 2 }' }] },
    {},
    'unreachable approval.chain[0].if',
  ],
  [
    'subject outside of a stage',
    { ...ROLE, description: 'x', subject: '${ subject }' },
    {},
    'unknown_name approval.subject',
  ],
  [
    'what a decision comes to',
    { ...ROLE, description: 'x' },
    { input: ['${ phases.agree.do.output.subject.amount }', '${ phases.agree.do.output.outcome }'] },
  ],
  [
    'a member of the subject, read of the decision',
    { ...ROLE },
    { input: '${ phases.agree.do.output.amount }' },
    'unknown_name record.input',
  ],
  [
    'a member of a subject that only a changed one cannot have',
    { ...ROLE, schema: { type: 'object', properties: { amount: {} }, additionalProperties: false } },
    { input: '${ phases.agree.do.output.subject.total }' },
  ],
  ['a wrong quorum', { ...ROLE, quorum: 'most' }, {}, 'invalid_value approval.quorum'],
  ['time runs out of nothing', { ...ROLE, onTimeout: 'reject' }, {}, 'invalid_value approval.onTimeout'],
  [
    'escalation to nobody',
    { ...ROLE, within: '1h', onTimeout: 'escalate' },
    {},
    'invalid_value approval.onTimeout',
  ],
  [
    'changes go to a phase after it',
    { ...ROLE, onChanges: { redo: 'book' } },
    {},
    'not_upstream approval.onChanges.redo',
  ],
  [
    'distinct from a later step',
    { ...ROLE, distinctFrom: ['initiator', 'book.post'] },
    {},
    'not_upstream approval.distinctFrom[1]',
  ],
  [
    'distinct from nothing',
    { ...ROLE, distinctFrom: 'draft.wrote' },
    {},
    'unknown_step approval.distinctFrom',
  ],
  ['approved by work', ROLE, { approvedBy: 'draft.write' }, 'invalid_value record.approvedBy'],
  [
    'approved by what comes with it',
    ROLE,
    { approvedBy: 'book.post' },
    'not_upstream record.approvedBy',
    'invalid_value record.approvedBy',
  ],
  ['approved', ROLE, { approvedBy: 'agree.do' }],
  [
    'an approval is not begun',
    { ...ROLE, deadlines: [{ on: 'start', within: '1h' }] },
    {},
    'invalid_value approval.deadlines[0].on',
  ],
  [
    'a reminder before the beginning',
    { ...ROLE, deadlines: [{ within: '1h', remind: '2h before' }] },
    {},
    'invalid_value approval.deadlines[0].remind',
  ],
  [
    'a reminder that is none',
    { ...ROLE, deadlines: [{ within: '1h', remind: '2h' }] },
    {},
    'invalid_value approval.deadlines[0].remind',
  ],
  [
    'working time',
    { ...ROLE, deadlines: [{ within: '8 working hours', then: { escalate: ['role:cfo', 'role:cfo'] } }] },
    {},
    'duplicate_value approval.deadlines[0].then.escalate[1]',
  ],
];
for (const [name, approval, record = {}, ...expected] of CASES)
  test(`${name}: ${expected.join(', ') || 'right'}`, () =>
    assert.deepEqual(problemsOf(approval, record), expected));

test('saved definitions may have stages that never come up, and read of a decision what it has not', () => {
  assert.equal(nodeOf({ chain: [ROLE, { ...ROLE, if: false }] }).chain.length, 2);
  assert.ok(compileDefinition(documentOf(ROLE, { input: '${ phases.agree.do.output.amount }' }), 'x').ok);
});

test('an approval is compiled with what it leaves out', () => {
  const { schema, quorum, chain, veto, onTimeout, onReject, onChanges, deadlines } = nodeOf(ROLE);
  assert.deepEqual([quorum, chain, veto, onTimeout, onChanges, deadlines], [1, [], true, 'expire', null, []]);
  assert.deepEqual(onReject, { redo: null, appeal: [] });
  assert.equal(schema?.['type'], 'object', 'the schema of the result that is decided about');
});

test('an approval is compiled with all it says', () => {
  const node = nodeOf({
    chain: [
      { from: 'role:boss', quorum: 'any' },
      { from: ['role:cfo'], quorum: 'all', if: '${ subject.amount > 10.0 }' },
    ],
    onReject: { escalate: 'role:board' },
    onChanges: { redo: 'draft', by: 'another_participant' },
    deadlines: [
      {
        within: '8 working hours',
        remind: ['1h before'],
        then: { escalate: 'role:cfo' },
        suspended: 'pauses',
      },
    ],
  });
  assert.deepEqual(
    node.chain.map(({ from, quorum }) => [from, quorum]),
    [
      [['role:boss'], 1],
      [['role:cfo'], 'all'],
    ],
  );
  assert.equal(node.chain[0]?.if, null);
  const scope = { input: null, phases: {}, run: { id: '', startedBy: '', priority: 5 } };
  const holds = (amount: number) => node.chain[1]?.if?.evaluate({ ...scope, subject: { amount } });
  assert.deepEqual(
    [holds(11), holds(9)],
    [
      { ok: true, value: true },
      { ok: true, value: false },
    ],
  );
  assert.deepEqual(node.onReject, { redo: null, appeal: ['role:board'] });
  assert.deepEqual(node.onChanges, { redo: 0, max: 3, others: true });
  assert.deepEqual(node.deadlines, [
    {
      on: 'completion',
      within: { ms: 28_800_000, working: true },
      remind: [3_600_000],
      then: 'escalate',
      to: ['role:cfo'],
      pauses: true,
    },
  ]);
});
