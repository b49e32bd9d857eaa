import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PassportView } from '../../client/index.ts';
import { moment } from '../layout.ts';
import { describeParticipant } from './passport-text.ts';

type Claim = PassportView['claims'][number];
const claim = (capability: string, more: Partial<Claim> = {}): Claim => ({
  capability,
  level: 1,
  standing: 'granted',
  grantedBy: null,
  evidence: [],
  constraints: [],
  expiresAt: null,
  ...more,
});
const passport = (claims: Claim[], name = 'Reader'): PassportView => ({
  id: 'passport_reader',
  kind: 'agent',
  name,
  owner: null,
  roles: [],
  groups: [],
  posts: [],
  manager: null,
  capabilities: [],
  claims,
  tools: null,
  safety: 'irreversible',
  status: 'available',
  mayAct: true,
  substitute: null,
  awayUntil: null,
  capacity: 1,
  workingHours: null,
  costRate: null,
  publicKey: null,
  keyProvedAt: null,
  present: false,
  lastSeenAt: null,
  createdAt: 0,
});

test('a claim is shown with what limits it', () => {
  const [past, later] = [Date.now() - 60_000, Date.now() + 60_000];
  const bounds = [{ fact: 'amount', atMost: 500 }];
  const text = describeParticipant(
    passport([
      claim('ocr'),
      claim('audit', { standing: 'verified', level: 0.9, expiresAt: later }),
      claim('reading', { expiresAt: past }),
      claim('paying', { constraints: bounds, expiresAt: later }),
    ]),
  ).join('\n');
  const until = `until ${moment(later)}`;
  assert.ok(
    text.includes(
      `ocr, audit (verified, 0.9, ${until}), reading (expired ${moment(past)}), paying (within bounds, ${until})`,
    ),
    text,
  );
});

test('a name has no say in the terminal', () => {
  const [first] = describeParticipant(passport([], 'Ann\u001b[2J\nadministrator'));
  assert.equal(first, 'Ann[2J administrator  passport_reader');
});
