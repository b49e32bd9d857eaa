import type { Boundaries } from '../../src/engine/index.ts';
import type { Ruling } from '../../src/policy/index.ts';
import { bounded } from '../policy-kit/boundaries.ts';
import { policies, rule } from '../policy-kit/index.ts';
import { hash } from './routing.ts';

const ASKS = [
  { from: 'role:manager' },
  { from: ['role:manager', 'role:lead'], quorum: 2 },
  { from: 'role:manager', within: '5s', escalate: 'role:lead' },
  { from: ['passport_decider_0', 'passport_decider_1'], quorum: 2 },
];

/** One of several approvals, or two of them one after the other. */
const rulingsAt = (on: 'task.complete' | 'record.write' | 'task.start'): readonly Ruling[] =>
  [[0], [1], [2], [3], [0, 2]].map((several) => {
    const documents = several.map((one) => ({
      id: `ask-${one}`,
      on,
      effect: 'require_approval',
      ...ASKS[one],
    }));
    return rule(policies(...documents), on);
  });
const RULINGS = {
  'task.complete': rulingsAt('task.complete'),
  'record.write': rulingsAt('record.write'),
  'task.start': rulingsAt('task.start'),
};

/** Policies that ask for an approval of anything at all, and the same of the same: of results often, of writes and work now and then. */
export const policiesFrom = (seed: number): Boundaries => {
  const ruled = (point: keyof typeof RULINGS, of: string, often: number): Ruling | null => {
    const number = hash(`${seed} ${point} ${of}`);
    return number % often === 0 ? (RULINGS[point][number % RULINGS[point].length] ?? null) : null;
  };
  return bounded({
    rule: (question) => {
      if (question.point === 'task.complete') return ruled(question.point, question.task.id, 2);
      if (question.point === 'record.write') return ruled(question.point, question.task, 4);
      return null;
    },
    mayAsk: () => seed % 3 === 0,
    asks: ({ task }) => ruled('task.start', task, 4),
  });
};
