import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, hash, sign } from 'node:crypto';
import { verifierKey, type Sha256 } from '../../src/ledger/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { Runtime, type Clock } from '../../src/runtime/index.ts';
import { memoryStore } from '../../src/store/memory/index.ts';
import type { Store } from '../../src/store/index.ts';
import { verifySignature } from '../../src/main/ed25519.ts';
import {
  ERRORS,
  newId,
  newKeyPair,
  newSecret,
  Operations,
  type Asked,
  type OperationsParts,
} from '../../src/operations/index.ts';
import {
  CATALOGUE,
  type InputOf,
  type OperationName,
  type OutputOf,
} from '../../src/operations/schema/index.ts';
import { person } from '../routing-kit/person.ts';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');

/** A clock that stands still until it is moved. */
export class StillClock implements Clock {
  #now = Date.UTC(2026, 0, 5, 9);
  #waiting = new Set<{ due: number; call: () => void }>();

  now(): number {
    return this.#now;
  }
  after(ms: number, call: () => void): () => void {
    const entry = { due: this.#now + ms, call };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }
  soon(call: () => void): void {
    setImmediate(call);
  }
  move(ms: number): void {
    this.#now += ms;
    for (const entry of [...this.#waiting].filter(({ due }) => due <= this.#now)) {
      this.#waiting.delete(entry);
      entry.call();
    }
  }
}

export const passport = (id: string, changes: Partial<Passport> = {}): Passport => {
  const isHuman = (changes.kind ?? 'human') === 'human';
  const usual = { name: id, owner: isHuman ? null : 'passport_root', capacity: isHuman ? 20 : 1 };
  return person(`passport_${id}`, { ...usual, ...changes });
};

const FIRST = {
  actor: 'system:humanos',
  onBehalfOf: null,
  authority: { kind: 'system', id: 'test' },
} as const;

/** Operations over a store in memory, with people and agents. Answers are held against the schema of their operation. */
export class Testbed {
  readonly store: Store;
  readonly clock = new StillClock();
  readonly faults: unknown[] = [];
  readonly runtime: Runtime;
  readonly operations: Operations;
  readonly verifierKey: string;
  readonly #waiting: (() => void)[] = [];

  constructor(store: Store = memoryStore(), more: Partial<OperationsParts> = {}) {
    this.store = store;
    const commit = store.commit.bind(store);
    Object.assign(store, { commit: (changes: never) => commit(changes).finally(() => this.#tell()) });
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
    const origin = 'humanos/test';
    const signer = {
      name: origin,
      publicKey: raw,
      sign: (message: Uint8Array) => sign(null, message, privateKey),
    };
    this.verifierKey = verifierKey(origin, raw, sha256);
    const { clock } = this;
    const onFault = (fault: unknown): void => {
      this.faults.push(fault);
      this.#tell();
    };
    this.runtime = new Runtime({ store, clock, sha256, signer, newId, onFault });
    this.operations = new Operations({
      runtime: this.runtime,
      clock,
      sha256,
      verify: verifySignature,
      newId,
      newSecret,
      newKeyPair,
      seal: (text) => createHmac('sha256', 'test').update(text).digest('base64url'),
      origin,
      verifierKey: this.verifierKey,
      version: '0.0.0',
      ...more,
    });
  }

  static async open(...more: readonly Passport[]): Promise<Testbed> {
    const bed = new Testbed();
    await bed.runtime.start();
    await bed.add(passport('root', { roles: ['administrator'] }), ...more);
    return bed;
  }

  async add(...passports: readonly Passport[]): Promise<void> {
    for (const one of passports) assert.ok((await this.runtime.organisation.register(one, FIRST)).ok);
  }

  as(name: string): Passport {
    const found = this.runtime.organisation.passport(`passport_${name}`);
    assert.ok(found, `nobody is called ${name}`);
    return found;
  }

  /** What the operation answers. */
  async ok<Name extends OperationName>(
    who: string,
    name: Name,
    input: InputOf<Name>,
    asked?: Asked,
  ): Promise<OutputOf<Name>> {
    const outcome = await this.operations.call(name, input, this.as(who), asked);
    assert.ok(outcome.ok, `${name} was refused: ${JSON.stringify(outcome)}`);
    assert.deepEqual(
      CATALOGUE[name].output.parse(outcome.value),
      outcome.value,
      `the answer of ${name} has its schema`,
    );
    return outcome.value;
  }

  /** The code with which it is refused. */
  async no<Name extends OperationName>(
    who: string,
    name: Name,
    input: InputOf<Name>,
    asked?: Asked,
  ): Promise<string> {
    const outcome = await this.operations.call(name, input, this.as(who), asked);
    assert.ok(!outcome.ok, `${name} was not refused`);
    assert.ok(Object.hasOwn(ERRORS, outcome.rejection.code), `${outcome.rejection.code} has no page`);
    return outcome.rejection.code;
  }

  async define(...steps: readonly object[]): Promise<string> {
    const id = `d${newId()}`;
    const phases = steps.map((step, at) => ({
      id: `p${at}`,
      ...(at > 0 && { needs: [`p${at - 1}`] }),
      steps: [step],
    }));
    await this.ok('root', 'workflow.save_definition', { document: { id, name: 'Test', phases } as never });
    return id;
  }

  /** Starts a run of these steps, one phase each: `p0.…`, `p1.…`. */
  async start(...steps: readonly object[]): Promise<string> {
    const definition = await this.define(...steps);
    return (await this.ok('root', 'workflow.start', { definition })).id;
  }

  /** What root proposes, and an officer approves, is in force. */
  async adopt(asked: InputOf<'policy.propose'>, applyTo: 'new' | 'running' = 'new') {
    const { change } = await this.ok('root', 'policy.propose', asked);
    await this.ok('officer', 'policy.approve', { id: change.id, digest: change.digest, applyTo });
    return change;
  }

  async taskOf(run: string): Promise<OutputOf<'task.list'>['rows'][number]> {
    const { rows } = await this.ok('root', 'task.list', { run, open: true });
    assert.equal(rows.length, 1, 'one task is open');
    return rows[0] as never;
  }

  /** Looks again whenever something was committed or failed, or somebody came or went, once what that leads to has begun, until it holds. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const unwatch = this.runtime.organisation.watch(() => this.#tell());
    try {
      for (;;) {
        const next = new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (await holds()) return;
        await next;
      }
    } finally {
      unwatch();
    }
  }

  #tell(): void {
    for (const call of this.#waiting.splice(0)) setImmediate(call);
  }

  async close(): Promise<void> {
    await this.runtime.stop();
    assert.deepEqual(this.faults, []);
  }
}
