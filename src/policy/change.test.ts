import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHANGE_COMMANDS, NEEDS_SECOND_PERSON, refusesApproval } from './index.ts';
import type { ChangeStatus, GovernedChange, Person, ProposedChange } from './index.ts';

const human = (id: string, ...actsFor: string[]): Person => ({ id, kind: 'human', accountable: id, actsFor });
const agent = (id: string, accountable: string | null): Person => ({
  id,
  kind: 'agent',
  accountable,
  actsFor: [],
});
const change = (more: Partial<ProposedChange> = {}): ProposedChange => ({
  what: 'save_policy',
  status: 'proposed',
  digest: 'd1',
  authors: [human('ann')],
  ...more,
});
const code = (proposed: ProposedChange, approver: Person, shown = 'd1'): string | null =>
  refusesApproval(proposed, approver, shown)?.code ?? null;

describe('a change of what binds everybody', () => {
  test('is approved by another human', () => assert.equal(code(change(), human('bob')), null));

  const refused: readonly (readonly [string, string, ProposedChange, Person, string?])[] = [
    ['the author', 'separation_of_duties', change(), human('ann')],
    ['who acts for the author', 'separation_of_duties', change(), human('bob', 'ann')],
    [
      'for whom the author acts',
      'separation_of_duties',
      change({ authors: [human('ann', 'bob')] }),
      human('bob'),
    ],
    [
      'both for a third',
      'separation_of_duties',
      change({ authors: [human('ann', 'eve')] }),
      human('bob', 'eve'),
    ],
    [
      'the owner of the agent that wrote it',
      'separation_of_duties',
      change({ authors: [agent('bot', 'bob')] }),
      human('bob'),
    ],
    [
      'one of several authors',
      'separation_of_duties',
      change({ authors: [human('ann'), human('bob')] }),
      human('bob'),
    ],
    [
      'an author for whom nobody answers',
      'separation_of_duties',
      change({ authors: [agent('bot', null)] }),
      human('bob'),
    ],
    ['an agent', 'human_required', change(), agent('bot', 'bob')],
    ['who saw something else', 'approval_stale', change(), human('bob'), 'd0'],
  ];
  for (const [name, expected, proposed, approver, shown] of refused)
    test(`not by: ${name}`, () => assert.equal(code(proposed, approver, shown), expected));

  test('is decided once', () => {
    for (const status of Object.keys(CHANGE_COMMANDS) as ChangeStatus[])
      assert.equal(code(change({ status }), human('bob')), status === 'proposed' ? null : 'already_decided');
  });

  test('needs a second person unless it stops everything', () => {
    for (const what of Object.keys(NEEDS_SECOND_PERSON) as GovernedChange[])
      assert.equal(code(change({ what }), human('ann')) === null, what === 'emergency_stop', what);
  });
});
