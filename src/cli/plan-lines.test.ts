import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutputOf } from '../client/index.ts';
import { describePlan } from './plan-lines.ts';

type Plan = OutputOf<'plan.get'>;

const DRAFT = {
  id: 'plan_1',
  name: 'Read it',
  status: 'draft',
  plannedBy: 'planner',
  deadline: null,
  template: null,
  executionPlan: [
    {
      order: 1,
      step: 'p.read',
      description: 'Read it',
      assignedTo: 'passport_reader',
      reason: 'the only one',
      requiredCapabilities: [],
      status: 'planned',
    },
  ],
  estimates: { time: null, cost: null, tokens: null, steps: [], notes: [] },
  explanation: [],
  notices: [],
  startedAt: null,
  run: null,
} as unknown as Plan;

const lines = (changes: Partial<Plan>): string => describePlan({ ...DRAFT, ...changes }, 120).join('\n');
const started = (verdict: NonNullable<Plan['run']>['verdict'], status = 'running') =>
  lines({ status: 'started', startedAt: 1, run: { id: 'run_1', status, verdict } as Plan['run'] });

test('a plan that has started says for whom it was planned, and how its run is', () => {
  assert.match(lines({}), /#\s+STEP\s+WHO\s+STATUS/i);
  assert.match(started('stranded'), /#\s+STEP\s+PLANNED FOR\s+STATUS/i);
  assert.match(started('stranded'), /run_1 is stranded/);
  assert.match(started('ok', 'completed'), /run_1 is completed/);
  assert.match(started(null, 'completed'), /run_1 is completed/);
});
