/** Facts, policies and organisations to try policies with. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../src/definition/index.ts';
import { canonical } from '../../src/ledger/index.ts';
import {
  compilePolicies,
  evaluate,
  readProfile,
  type Autonomy,
  type FactsOf,
  type Hashing,
  type Organisation,
  type Point,
  type PolicySet,
  type Ruling,
} from '../../src/policy/index.ts';

export const NOW = Date.UTC(2026, 0, 5, 10);
export const at = (ms: number): string => new Date(ms).toISOString();

export const hashing: Hashing = {
  canonical,
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};

const ann = {
  id: 'passport_ann',
  kind: 'human',
  owner: null,
  roles: ['clerk'],
  groups: ['sales'],
  capabilities: [],
} as const;
const bot = {
  id: 'passport_bot',
  kind: 'agent',
  owner: 'passport_ann',
  roles: [],
  groups: [],
  capabilities: ['refunding'],
} as const;
const run = {
  id: 'run_1',
  definition: 'refunds',
  version: 1,
  safety: 'reversible',
  startedBy: ann.id,
  accountable: ann.id,
  priority: 5,
  depth: 0,
  contributors: [bot.id],
  tasks: 3,
  tokens: 1200,
  cost: 0.4,
} as const;
const task = {
  id: 'run_1/serve.order#1',
  step: 'serve.order',
  kind: 'task',
  requires: ['refunding'],
  by: 'agent',
  attempt: 1,
  priority: 5,
} as const;

/** Plain facts at each point: one agent in a small run. */
export const PLAIN: { readonly [P in Point]: FactsOf<P> } = {
  'run.start': {
    now: at(NOW),
    definition: {
      id: 'refunds',
      version: 1,
      safety: 'read_only',
      capabilities: ['refunding'],
      tools: [],
      systems: [],
    },
    limits: { concurrency: 8, tasks: 100, tokens: null, cost: null, duration: null },
    estimate: { concurrency: 1, tasks: 2, tokens: null, cost: null },
    input: { orders: ['A1'] },
    startedBy: ann,
    priority: 5,
    parent: null,
  },
  'task.assign': { now: at(NOW), run, task, candidate: bot },
  'task.start': { now: at(NOW), run, task, participant: bot },
  'tool.call': {
    now: at(NOW),
    run,
    task,
    agent: bot,
    tool: { name: 'refund', class: 'consequential' },
    arguments: { order: 'A1', amount: 120 },
  },
  'task.complete': {
    now: at(NOW),
    run,
    task,
    participant: bot,
    output: { refunded: true },
    confidence: 0.9,
    usage: { tokens: 800, cost: 0.02, duration: 4000 },
  },
  'record.write': {
    now: at(NOW),
    run,
    task,
    record: { system: 'erp', operation: 'post_journal', safety: 'irreversible', guarded: true },
    input: { amount: 120 },
  },
  delegate: {
    now: at(NOW),
    grantor: ann,
    grantee: bot,
    delegation: { capabilities: ['refunding'], tools: [], definitions: [], duration: null, depth: 1 },
  },
};

/** Plain facts with some of them replaced, at any depth. */
export function facts<P extends Point>(point: P, changes: JsonObject = {}): FactsOf<P> {
  return merge(PLAIN[point], changes) as FactsOf<P>;
}
function merge(base: JsonObject, changes: JsonObject): JsonObject {
  const made: { [key: string]: Json | undefined } = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const known = made[key];
    const both = [known, value].every((it) => typeof it === 'object' && it !== null && !Array.isArray(it));
    made[key] = both && key !== 'arguments' ? merge(known as JsonObject, value as JsonObject) : value;
  }
  return made;
}

export function policies(...documents: readonly JsonObject[]): PolicySet {
  const sources = documents.map((document) => ({
    document: document as Json,
    version: 1,
    digest: hashing.sha256(canonical(document)),
  }));
  const compiled = compilePolicies(sources, 'set');
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.set;
}

export function organisation(autonomy: Autonomy, more: JsonObject = {}): Organisation {
  const read = readProfile({ autonomy, approval: { from: 'role:duty-officer' }, ...more }, 1);
  assert.ok(read.ok, JSON.stringify(read));
  return { profile: read.profile, emergencyStop: { state: 'off' } };
}

/** Of an organisation that leaves its agents the most. */
export const rule = <P extends Point>(
  set: PolicySet,
  point: P,
  given: FactsOf<P> = PLAIN[point],
  autonomy: Autonomy = 'aggressive',
): Ruling => evaluate(set, point, given, organisation(autonomy));
