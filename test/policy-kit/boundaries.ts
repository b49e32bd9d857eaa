import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/definition/index.ts';
import type { Boundaries, TaskCaps } from '../../src/engine/index.ts';
import { cappedBy, type Point, type PolicySet, type Ruling } from '../../src/policy/index.ts';
import { facts, policies, rule } from './index.ts';

/** What a run is lent of policies that say nothing but this. Whoever is called an agent is one. */
export const bounded = (said: Partial<Boundaries>): Boundaries => ({
  pinned: 1,
  isPerson: (id) => !id.includes('agent'),
  rule: () => null,
  leaves: () => null,
  mayAsk: () => false,
  asks: () => null,
  mayHave: () => true,
  heldTo: () => 1,
  capsFor: () => null,
  classOf: (_tool, claimed) => claimed,
  ruleCall: () => assert.fail('no call is made'),
  standing: () => [],
  spend: () => undefined,
  ...said,
});

/** What whoever begins may use by these policies. */
export const capsBy = (set: PolicySet): TaskCaps => {
  const ruling = rule(set, 'task.start', facts('task.start'));
  const { tokens, cost, duration } = ruling.limits;
  return { set: 1, policies: cappedBy(ruling), tokens, cost, duration };
};

/** An approval by managers, unless it is said by whom, at each of these points; at the steps that are named, or all. */
export const asking = (
  points: readonly Point[],
  terms: JsonObject = {},
  steps: readonly string[] | null = null,
): Boundaries => {
  const asked = { effect: 'require_approval', from: 'role:manager', ...terms };
  const ruledAt = (on: Point): Ruling | null =>
    points.includes(on) ? rule(policies({ id: 'ask', on, ...asked }), on) : null;
  const isMeant = (step: string): boolean => steps?.includes(step) ?? true;
  return bounded({
    rule: (question) => {
      const { task } = question as { readonly task?: { readonly step: string } | string };
      return typeof task === 'object' && !isMeant(task.step) ? null : ruledAt(question.point);
    },
    mayAsk: () => points.includes('task.start'),
    asks: ({ step }) => (isMeant(step) ? ruledAt('task.start') : null),
  });
};
