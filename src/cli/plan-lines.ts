import type { OutputOf } from '../client/index.ts';
import { indent, moment, oneLine, pairs, span, table } from './layout.ts';

type Plan = OutputOf<'plan.get'>;

/** A plan for people: what is done by whom in which order, what it will take, and why it is so. */
export function describePlan(plan: Plan, width: number): string[] {
  const { id, name, run, template } = plan;
  return [
    `${id}: ${oneLine(name)}`,
    ...indent(
      pairs([
        ['status', run ? `${plan.status}, ${run.id} is ${standing(run)}` : plan.status],
        ['planned by', plan.plannedBy],
        ['deadline', moment(plan.deadline)],
        ['saved as', template && `${template.id}, version ${template.version}`],
      ]),
    ),
    '',
    ...planTable(plan, width),
    '',
    ...indent(pairs(estimateLines(plan))),
    'why',
    ...indent(pairs(plan.explanation.map(({ about, because }) => [about, because]))),
    ...plan.notices.map((notice) => `notice: ${oneLine(notice)}`),
    run ? `watch it: humanos watch ${run.id}` : `start it: humanos plan --id ${id} --start`,
  ];
}

const standing = ({ status, verdict }: NonNullable<Plan['run']>): string =>
  verdict === null || verdict === 'ok' ? status : verdict;

/** The steps alone: whom they were planned for, which is not who does them once it has started. `nameOf` tells participants by what people call them. */
export const planTable = (
  { executionPlan, startedAt }: Plan,
  width: number,
  nameOf: (participant: string) => string = (id) => id,
): string[] =>
  table(
    ['#', 'step', startedAt === null ? 'who' : 'planned for', 'status', 'what'],
    executionPlan.map(({ order, step, assignedTo, reason, status, description }) => [
      String(order),
      step,
      assignedTo === null ? reason : nameOf(assignedTo),
      status,
      description,
    ]),
    width,
  );

const estimateLines = ({ estimates }: Plan): [string, string][] => {
  const { time, cost, tokens, notes } = estimates;
  const told = (value: number | null): string =>
    value === null ? 'not known' : String(Math.round(value * 100) / 100);
  return [
    ['time', time === null ? 'not known' : span(time)],
    ['cost', told(cost)],
    ['tokens', told(tokens)],
    ['note', notes.join('; ')],
  ];
};
