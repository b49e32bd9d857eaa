import { checkDefinition, isError } from '../../definition/index.ts';
import { plan, type Goal, type Plan } from '../index.ts';
import { contract, viewOf, type Sample } from './organisation.ts';

export const MOMENT = { now: 1_000_000, id: 'plan_1' };

/** The plan, which has no fault as a definition. */
export const made = (goal: Goal, sample: Sample): Plan => {
  const planned = plan(goal, viewOf(sample), MOMENT);
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems));
  const errors = checkDefinition(planned.plan.definition).filter(isError);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return planned.plan;
};
/** Code, subject and words of the first problem. */
export const refused = (goal: Goal, sample: Sample): [string, string, string] => {
  const planned = plan(goal, viewOf(sample), MOMENT);
  const [first] = planned.ok ? [] : planned.problems;
  if (!first) throw new Error('it was planned');
  return [first.code, first.about, first.message];
};

export const because = ({ explanation }: Plan, about: string): string =>
  explanation
    .filter((reason) => reason.about === about)
    .map((reason) => reason.because)
    .join('; ');

export const read = contract('read', ['invoice'], ['facts']);
export const sum = contract('sum', ['facts[]'], ['summary']);
export const apart: Sample = { contracts: [sum, read], people: { reader: ['read'], analyst: ['sum'] } };
export const invoices = { input: { invoices: ['a', 'b', 'c'] } };
