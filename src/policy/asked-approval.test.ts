import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holds } from '../../test/properties/settings.ts';
import { agree, asked, isGiven, lapse, nextDeadline, refusesSpeaker } from './index.ts';
import type { ApprovalObligation, AskedApproval, Speaker } from './index.ts';

const obligation = (more: Partial<ApprovalObligation> = {}): ApprovalObligation => ({
  kind: 'approval',
  from: ['role:a'],
  quorum: 1,
  within: 10,
  escalate: [],
  distinctFrom: [],
  reasonRequired: false,
  everyTime: false,
  restsOn: ['p@1'],
  ...more,
});
/** Is of these parties, or stands in for somebody who is. */
const speaker = (
  id: string,
  of: readonly string[],
  more: Partial<Speaker> & { readonly as?: string } = {},
): Speaker => ({
  id,
  speaksFor: (parties) => (parties.some((party) => of.includes(party)) ? (more.as ?? id) : null),
  reason: null,
  ...more,
});
const codeOf = (approvals: readonly AskedApproval[], who: Speaker): string | null => {
  const agreed = agree(approvals, who, 1);
  return agreed.ok ? null : agreed.refusal.code;
};

test('a yes counts wherever its giver is named, and what has its quorum has no deadline any more', () => {
  const approvals = asked(
    [obligation(), obligation({ from: ['role:b'], within: null }), obligation({ quorum: 2 })],
    5,
  );
  assert.deepEqual(
    approvals.map(({ deadline }) => deadline),
    [15, null, 15],
  );
  const agreed = agree(approvals, speaker('ann', ['role:a']), 6);
  assert.ok(agreed.ok);
  assert.deepEqual(agreed.counts, [0, 2]);
  assert.deepEqual(agreed.approvals.map(isGiven), [true, false, false]);
  assert.deepEqual(
    agreed.approvals.map(({ deadline }) => deadline),
    [null, null, 15],
  );
  assert.deepEqual(agreed.approvals[0]?.agreed, [{ by: 'ann', for: 'ann', reason: null, at: 6 }]);
});

test('who is not named, has spoken, or says no reason where one is asked is refused', () => {
  const approvals = asked([obligation({ quorum: 3, reasonRequired: true })], 0);
  assert.equal(codeOf(approvals, speaker('eve', ['role:z'])), 'not_eligible');
  assert.equal(codeOf(approvals, speaker('ann', ['role:a'])), 'reason_required');
  assert.equal(refusesSpeaker(approvals, speaker('ann', ['role:a'], { reason: 'fine' })), null);
  const given = agree(approvals, speaker('bo', ['role:a'], { reason: 'fine', as: 'ann' }), 1);
  assert.ok(given.ok);
  for (const again of [
    speaker('ann', ['role:a'], { reason: 'x' }),
    speaker('bo', ['role:a'], { reason: 'x' }),
  ])
    assert.equal(codeOf(given.approvals, again), 'already_decided');
});

test('ASKED-1: what has its quorum takes no more voices', () => {
  const approvals = asked([obligation(), obligation({ from: ['role:b'] })], 0);
  const given = agree(approvals, speaker('ann', ['role:a']), 1);
  assert.ok(given.ok);
  assert.equal(codeOf(given.approvals, speaker('bo', ['role:a'])), 'already_decided');
  const other = agree(given.approvals, speaker('bo', ['role:a', 'role:b']), 1);
  assert.deepEqual(other.ok && other.counts, [1]);
});

test('ASKED-1: a person counts once, in person and through whoever speaks for them', () => {
  const approvals = asked([obligation({ quorum: 9 })], 0);
  const inPlaceOf = (id: string, as: string): Speaker => speaker(id, ['role:a'], { as });
  for (const [first, then] of [
    [inPlaceOf('bo', 'ann'), inPlaceOf('cy', 'ann')],
    [inPlaceOf('bo', 'ann'), inPlaceOf('ann', 'dee')],
    [inPlaceOf('ann', 'dee'), inPlaceOf('bo', 'ann')],
    [inPlaceOf('bo', 'ann'), inPlaceOf('bo', 'dee')],
  ] as const) {
    const given = agree(approvals, first, 1);
    assert.ok(given.ok);
    assert.equal(codeOf(given.approvals, then), 'already_decided');
  }
});

test('who decides on several at once says a reason where one of them asks for it', () => {
  const approvals = asked([obligation(), obligation({ reasonRequired: true })], 0);
  assert.equal(codeOf(approvals, speaker('ann', ['role:a'])), 'reason_required');
});

test('what is not given in time goes up, hop by hop, and then all of it is over', () => {
  const approvals = asked([obligation({ escalate: ['role:b', 'role:c'] }), obligation({ within: 25 })], 0);
  assert.deepEqual(lapse(approvals, 9), { approvals, added: [] });
  const first = lapse(approvals, 10);
  assert.deepEqual([first?.added, first?.approvals[0]?.from], [['role:b'], ['role:a', 'role:b']]);
  assert.equal(nextDeadline(first?.approvals ?? []), 20);
  const second = lapse(first?.approvals ?? [], 24);
  assert.deepEqual([second?.added, nextDeadline(second?.approvals ?? [])], [['role:c'], 25]);
  assert.equal(lapse(second?.approvals ?? [], 25), null, 'another of them is over');
});

test('time never gives an approval, and takes back none', (t) => {
  const party = fc.constantFrom('role:a', 'role:b', 'role:c');
  const obligations = fc.array(
    fc
      .record({
        from: fc.uniqueArray(party, { minLength: 1 }),
        quorum: fc.integer({ min: 1, max: 3 }),
        within: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
        escalate: fc.uniqueArray(party),
      })
      .map(obligation),
    { minLength: 1, maxLength: 3 },
  );
  const acts = fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), party, fc.nat({ max: 9 })), {
    maxLength: 20,
  });
  holds(t, 500, fc.tuple(obligations, acts), ([given, steps]) => {
    let approvals = asked(given, 0);
    let now = 0;
    for (const [id, of, ms] of steps) {
      now += ms;
      const later = lapse(approvals, now);
      if (!later) return;
      assert.deepEqual(later.approvals.map(isGiven), approvals.map(isGiven));
      assert.ok((nextDeadline(later.approvals) ?? Infinity) > now);
      approvals = later.approvals;
      const agreed = agree(approvals, speaker(id, [of]), now);
      if (!agreed.ok) continue;
      for (const [place, { agreed: voices }] of agreed.approvals.entries()) {
        assert.equal(
          voices.length - (approvals[place]?.agreed.length ?? 0),
          agreed.counts.includes(place) ? 1 : 0,
        );
        assert.equal(new Set(voices.map(({ by }) => by)).size, voices.length, 'each once');
      }
      approvals = agreed.approvals;
    }
  });
});
