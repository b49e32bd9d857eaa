import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InputOf, OperationName, OutputOf } from '../../src/operations/schema/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { passport, Testbed } from '../e2e/http-testbed.ts';
import { holdsAsync } from './settings.ts';

/**
 * Delegations that policies want approved, under any history of people, agents and time.
 *
 * LENT-1  Nothing is let through by what is proposed, was rejected or has expired, nor by what rests on it.
 * LENT-2  What holds after it was asked for was approved, exactly as it is, by as many as each policy asks, in time: people whom the
 *         policy named by then, of whom nobody has written it, gives or gets it, is in its chain or answers for an agent in it.
 * LENT-3  What is over stays over.
 */
const HOUR = 3_600_000;
const PEOPLE: readonly Passport[] = [
  passport('officer', { roles: ['compliance'] }),
  passport('ann', { roles: ['operator', 'security'] }),
  passport('bo', { roles: ['security'] }),
  passport('cy', { roles: ['security', 'chief'] }),
  passport('di', { roles: ['security'] }),
  passport('ed', { roles: ['chief'] }),
  passport('robot', { kind: 'agent', owner: 'passport_bo', roles: ['security'] }),
];
const POLICIES = [
  {
    id: 'lent',
    on: 'delegate',
    when: 'delegation.duration == null || delegation.duration > 3600000',
    effect: 'require_approval',
    from: 'role:security',
    quorum: 2,
    within: '4h',
    escalate: ['role:chief'],
  },
  {
    id: 'agents',
    on: 'delegate',
    when: 'grantee.kind == "agent"',
    effect: 'require_approval',
    from: 'role:chief',
    within: '6h',
  },
] as const;

const who = fc.constantFrom('root', 'ann', 'bo', 'cy', 'di', 'ed', 'robot');
const move = fc.record({
  act: fc.oneof(
    { arbitrary: fc.constantFrom('approve'), weight: 10 },
    { arbitrary: fc.constantFrom('give', 'pass', 'wait'), weight: 2 },
    { arbitrary: fc.constantFrom('narrow', 'reject', 'pause', 'unpause', 'revoke'), weight: 1 },
  ),
  who,
  to: who,
  pick: fc.nat({ max: 9 }),
  hours: fc.constantFrom(null, 1, 9),
  stale: fc.integer({ min: 0, max: 9 }).map((at) => at === 0),
});
type Move = typeof move extends fc.Arbitrary<infer Value> ? Value : never;
type Delegation = OutputOf<'delegation.get'>;
type Entry = OutputOf<'event.list'>['events'][number];
interface Asked {
  readonly from: readonly string[];
  readonly quorum: number;
  readonly deadline: number | null;
  readonly escalate: readonly string[];
}

/** An organisation with the policies, and all that was ever delegated. */
class Play {
  readonly bed: Testbed;
  readonly made: Delegation[] = [];

  private constructor(bed: Testbed) {
    this.bed = bed;
  }

  static async open(): Promise<Play> {
    const bed = await Testbed.open(...PEOPLE);
    for (const policy of POLICIES) {
      await bed.adopt({ policy });
    }
    return new Play(bed);
  }

  /** Whatever is refused is refused. */
  async play({ act, who: caller, to, pick, hours, stale }: Move): Promise<void> {
    const { bed, made } = this;
    const one = made[pick % Math.max(1, made.length)];
    const expiresAt = hours === null ? null : bed.clock.now() + hours * HOUR;
    if (act === 'wait') return bed.clock.move((hours ?? 4) * HOUR);
    if (act === 'give' || !one) return this.#give(caller, { to: `passport_${to}`, expiresAt });
    if (act === 'pass') return this.#give(nameOf(one.to), { to: `passport_${to}`, expiresAt, under: one.id });
    if (act === 'narrow') return this.#say(nameOf(one.from), 'delegation.narrow', { id: one.id, expiresAt });
    const digest = stale ? (one.proposal?.digest ?? '') : ((await this.get(one.id)).proposal?.digest ?? '');
    if (act === 'approve') return this.#say(caller, 'delegation.approve', { id: one.id, digest });
    return this.#say(caller, `delegation.${act}`, { id: one.id });
  }

  get(id: string): Promise<Delegation> {
    return this.bed.ok('root', 'delegation.get', { id });
  }

  async #give(from: string, input: InputOf<'delegation.create'>): Promise<void> {
    const given = await this.bed.operations.call('delegation.create', input, this.bed.as(from));
    if (given.ok) this.made.push(given.value);
  }

  async #say<Name extends OperationName>(caller: string, name: Name, input: InputOf<Name>): Promise<void> {
    await this.bed.operations.call(name, input, this.bed.as(caller));
  }

  async letsThrough({ id, to }: Delegation): Promise<boolean> {
    const caller = this.bed.as(nameOf(to));
    const { operations } = this.bed;
    return (await operations.call('participant.me', {}, caller, { delegation: id })).ok;
  }

  async entries(): Promise<readonly Entry[]> {
    const all: Entry[] = [];
    let after = 0;
    for (;;) {
      const { events, next } = await this.bed.ok('root', 'event.list', { after, limit: 1000 });
      if (events.length === 0) return all;
      all.push(...events);
      after = next;
    }
  }
}

const nameOf = (id: string): string => id.replace('passport_', '');
const ownerOf = (id: string): string => (id === 'passport_robot' ? 'passport_bo' : id);
const rolesOf = (id: string): readonly string[] =>
  (PEOPLE.find((one) => one.id === id)?.roles ?? []).map((role) => `role:${role}`);

/** What the ledger tells of one delegation; asserts LENT-2 and LENT-3 on the way. */
class Told {
  status = '';
  #authors = new Set<string>();
  #digest: unknown;
  #asked: Asked[] = [];
  #said: Set<string>[] = [];
  readonly #chain: readonly string[];

  constructor(chain: readonly string[]) {
    this.#chain = chain;
  }

  read({ type, payload, actor, at }: Entry): void {
    assert.ok(!['revoked', 'rejected', 'expired'].includes(this.status), `${type} after ${this.status}`);
    const { status, approvals, digest, counts } = payload;
    if (type === 'delegation.proposed' || type === 'delegation.narrowed') this.#write(actor, payload, status);
    if (type === 'delegation.escalated') this.#asked = approvals as unknown as Asked[];
    if (type === 'delegation.agreed' || type === 'delegation.approved')
      this.#agree(actor, at, { digest, counts: counts as number[] });
    if (type === 'delegation.approved')
      for (const [place, { quorum }] of this.#asked.entries())
        assert.ok((this.#said[place]?.size ?? 0) >= quorum, 'as many as are asked');
    this.status = typeof status === 'string' ? status : this.status;
  }

  #write(actor: string, { digest, approvals, from, to }: Entry['payload'], status: unknown): void {
    for (const one of [actor, from as string, to as string, ...this.#chain]) this.#authors.add(ownerOf(one));
    if (status !== 'proposed') return;
    this.#digest = digest;
    this.#asked = approvals as unknown as Asked[];
    this.#said = this.#asked.map(() => new Set());
  }

  #agree(
    actor: string,
    at: number,
    { digest, counts }: { digest: unknown; counts: readonly number[] },
  ): void {
    assert.equal(digest, this.#digest, 'exactly as it is');
    assert.notEqual(actor, 'passport_robot', 'a person');
    assert.ok(!this.#authors.has(actor), `${actor} has no part in it`);
    for (const place of counts) {
      const { from, deadline, escalate } = this.#asked[place] as Asked;
      assert.ok(
        rolesOf(actor).some((role) => from.includes(role)),
        `${actor} is named`,
      );
      assert.ok(deadline === null || at < deadline || escalate.length > 0, 'in time');
      assert.ok(!this.#said[place]?.has(actor), 'once');
      this.#said[place]?.add(actor);
    }
  }
}

test('a delegation that waits for an approval never lets anything through', async (t) => {
  const seen = { approved: 0, open: 0 };
  await holdsAsync(t, 60, fc.array(move, { minLength: 10, maxLength: 60, size: 'max' }), async (moves) => {
    const play = await Play.open();
    for (const one of moves) await play.play(one);
    const entries = (await play.entries()).filter(({ type }) => type.startsWith('delegation.'));
    const status = new Map<string, string>();
    for (const { id, under } of play.made) {
      const { chain } = await play.get(id);
      const told = new Told(under === null ? [] : chain.flatMap(({ from, to }) => [from, to]));
      for (const entry of entries) if (entry.payload['id'] === id) told.read(entry);
      status.set(id, told.status);
      if (entries.some((entry) => entry.type === 'delegation.approved' && entry.payload['id'] === id))
        seen.approved += 1;
    }
    for (const one of play.made) {
      const { chain } = await play.get(one.id);
      const isActive = chain.every(({ delegation }) => status.get(delegation) === 'active');
      if (!isActive) seen.open += 1;
      if (await play.letsThrough(one)) assert.ok(isActive, `${one.id} lets through`);
    }
    await play.bed.close();
  });
  t.diagnostic(`${seen.approved} were approved, ${seen.open} let nothing through`);
  assert.ok(seen.approved > 0 && seen.open > 0, 'both come about');
});
