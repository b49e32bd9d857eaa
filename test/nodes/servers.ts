import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import { newId, newKeyPair, newSecret, Operations, type Asked } from '../../src/operations/index.ts';
import type { InputOf, OperationName, OutputOf } from '../../src/operations/schema/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { verifySignature } from '../../src/main/ed25519.ts';
import { serverOf, type sharedPostgres } from '../postgres/index.ts';
import { agent, asBoss, openNode, ORIGIN, settle, sha256, type Node } from './kit.ts';

type Postgres = Awaited<ReturnType<typeof sharedPostgres>>;

/** A node, and what is asked of it as over HTTP: with a token each time. */
export interface Server {
  readonly node: Node;
  readonly operations: Operations;
  ask<Name extends OperationName>(
    token: string,
    name: Name,
    input: InputOf<Name>,
    asked?: Asked,
  ): Promise<OutputOf<Name>>;
  /** The code with which it is refused. */
  refused<Name extends OperationName>(
    token: string,
    name: Name,
    input: InputOf<Name>,
    asked?: Asked,
  ): Promise<string>;
}

export function serve(node: Node): Server {
  const { runtime } = node;
  const operations = new Operations({
    runtime,
    clock: { now: () => Date.now(), after: () => () => {}, soon: setImmediate },
    sha256,
    verify: verifySignature,
    newId,
    newSecret,
    newKeyPair,
    seal: () => '',
    origin: ORIGIN,
    verifierKey: '',
    version: 'test',
  });
  const ask: Server['refused'] = async (token, name, input, asked) => {
    const caller = await operations.authenticate(token);
    if (!caller) return 'token_invalid';
    const answer = await operations.call(name, input, caller, asked);
    return answer.ok ? 'done' : answer.rejection.code;
  };
  return {
    node,
    operations,
    refused: ask,
    async ask(token, name, input, asked) {
      const caller = await operations.authenticate(token);
      assert.ok(caller, 'the token is good');
      const answer = await operations.call(name, input, caller, asked);
      assert.ok(answer.ok, answer.ok ? '' : JSON.stringify(answer.rejection));
      return answer.value;
    },
  };
}

export const human = (id: string, roles: readonly string[], more: Partial<Passport> = {}): Passport =>
  agent(id, 9, { kind: 'human', owner: null, roles: [...roles], ...more });

export interface Two {
  readonly one: Server;
  readonly two: Server;
  /** Tokens by participant. */
  readonly of: (id: string) => string;
}

/** On a new database, the second deaf: it hears nothing of what is written, and would look by itself only after a second. */
export async function openTwo(
  t: TestContext,
  postgres: Postgres,
  people: readonly Passport[],
  definitions: readonly JsonObject[],
): Promise<Two> {
  const url = await serverOf(postgres).newSchema();
  const first = await openNode(url);
  await settle(first, people, definitions);
  const secrets = new Map<string, string>();
  for (const id of ['boss', ...people.map((one) => one.id)]) {
    const secret = newSecret();
    const record = { id: `token_${id}`, passport: id, label: '', createdAt: 0, revokedAt: null };
    assert.ok((await first.runtime.organisation.tokens.issue(secret, record, asBoss)).ok);
    secrets.set(id, secret);
  }
  const other = await openNode(url, { deaf: true });
  t.after(() => Promise.all([first.stop(), other.stop()]));
  return { one: serve(first), two: serve(other), of: (id) => secrets.get(id) as string };
}
