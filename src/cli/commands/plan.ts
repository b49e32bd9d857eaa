import { Option, type Command } from 'commander';
import { ProblemError, type InputOf, type OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, isFileName, momentOf, readValue, wholeNumber } from '../input.ts';
import { listed, moment } from '../layout.ts';
import { laterStep } from '../later-step.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { describePlan } from '../plan-lines.ts';
import { misuse, Trouble } from '../trouble.ts';

type Plan = OutputOf<'plan.get'>;
type Goal = InputOf<'workflow.plan'>;

interface PlanOptions {
  readonly id?: string;
  readonly capability?: string[];
  readonly input?: string;
  readonly humanInLoop?: boolean;
  readonly approver?: string[];
  readonly name?: string;
  readonly prefer?: string;
  readonly priority?: number;
  readonly deadline?: number;
  readonly tokens?: number;
  readonly cost?: string;
  readonly edit?: string;
  readonly save?: string;
  readonly start?: boolean;
  readonly deterministic?: boolean;
}

export function planCommands(program: Command, act: Act): void {
  program
    .command('plan')
    .description('make a plan of a goal, or look at one, edit it, save it, start it')
    .argument('[goal]', 'what is to be done, in words')
    .option('--id <plan>', 'a plan there is, in place of a goal')
    .option('-c, --capability <capability>', 'what it takes; guessed from the words, if left out', collect)
    .option('-i, --input <json>', 'what it is done with: JSON, @FILE, or - for standard input')
    .option('--human-in-loop', 'people approve the start, and what came of it')
    .option('--approver <party>', 'who approves what came of it, such as role:NAME', collect)
    .option('--name <name>', 'of the plan; the goal, if left out')
    .option('--prefer <passport>', 'who gets what they may do')
    .addOption(new Option('--priority <n>', '1 (low) to 10 (high)').argParser(wholeNumber(1, 10)))
    .option('--deadline <time>', 'a date and time, or from now on 8h, 2d, 1w', momentOf)
    .addOption(new Option('--tokens <n>', 'the most it may take').argParser(wholeNumber(1, 1e15)))
    .option('--cost <amount>', 'the most it may cost, such as 5USD')
    .option('--deterministic', 'without asking a model')
    .option('--edit <file>', 'with --id: replace the definition behind it')
    .option('--save <name>', 'save it as a definition of this id, to be started again')
    .option('--start', 'start a run of it')
    .action(act('There is no plan.', plan));
  paged(program.command('plans').description('list plans'), 20).action(
    act('The plans could not be listed.', plans),
  );
}

async function plan(context: Context, goal: string | undefined, options: PlanOptions): Promise<void> {
  if ((goal === undefined) === (options.id === undefined))
    throw misuse(
      'There is nothing to plan.',
      'It takes a goal in words, or --id with a plan.',
      'Give one of the two.',
    );
  const { terminal } = context;
  const made = goal === undefined ? await known(context, options) : await planned(context, goal, options);
  terminal.answer(made, () => describePlan(made, terminal.columns));
  if (options.start && made.run === null)
    throw new Trouble({
      what: `Plan ${made.id} was not started.`,
      why: 'Nobody named its capabilities: they were guessed from the words of the goal.',
      next: `Look at it, then start it: humanos plan --id ${made.id} --start`,
      code: 'plan_guessed',
    });
}

async function planned(context: Context, goal: string, options: PlanOptions): Promise<Plan> {
  if (options.edit !== undefined)
    throw misuse('A new plan cannot be edited.', '--edit goes with --id.', 'Make the plan first.');
  if (options.approver && !options.humanInLoop)
    throw misuse(
      'Nobody would approve anything.',
      '--approver goes with --human-in-loop.',
      'Add --human-in-loop, or leave out --approver.',
    );
  const asked = {
    goal,
    ...(await inputOf(context, options)),
    ...(options.capability && { requiredCapabilities: options.capability }),
    ...(options.humanInLoop && { humanInLoop: true }),
    ...(options.approver && { approvers: options.approver }),
    ...(options.name !== undefined && { name: options.name }),
    ...(options.prefer !== undefined && { preferredAssignee: options.prefer }),
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(options.deadline !== undefined && { deadline: options.deadline }),
    ...(options.save !== undefined && { save: options.save }),
    ...(options.start && { start: true }),
    ...(options.deterministic && { planner: 'deterministic' as const }),
    budget: budgetOf(options),
  };
  return context.client.workflow.plan(asked).catch((error: unknown) => {
    const id = error instanceof ProblemError ? error.problem['plan'] : undefined;
    if (typeof id !== 'string') throw error;
    const saved = options.save === undefined ? '' : `, and saved as ${options.save}`;
    return laterStep(
      Promise.reject(error),
      'No run was started.',
      `Then: humanos plan --id ${id} --start`,
      `Plan ${id} is made${saved}.`,
    );
  });
}

async function inputOf({ terminal }: Context, { input }: PlanOptions): Promise<Pick<Goal, 'input'>> {
  if (input === undefined) return {};
  const given = isFileName(input) && !input.startsWith('@') ? `@${input}` : input;
  return { input: (await readValue(given, terminal.input, '--input')) as NonNullable<Goal['input']> };
}

function budgetOf({ tokens, cost }: PlanOptions): NonNullable<Goal['budget']> {
  if (cost === undefined) return { ...(tokens !== undefined && { tokens }) };
  const [, amount = '', currency = ''] = /^(\d+(?:\.\d+)?) ?([A-Z]{3})$/.exec(cost) ?? [];
  if (currency === '')
    throw misuse(`${cost} is no amount.`, 'It takes a number and a currency.', 'Write it as 5USD.');
  return { ...(tokens !== undefined && { tokens }), cost: { amount: Number(amount), currency } };
}

const OF_GOAL = [
  'capability',
  'input',
  'humanInLoop',
  'approver',
  'name',
  'prefer',
  'priority',
  'deadline',
  'tokens',
  'cost',
  'deterministic',
] as const satisfies readonly (keyof PlanOptions)[];

const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** What is done to a plan there is: first edited, then saved, then started. */
async function known({ client, terminal }: Context, options: PlanOptions): Promise<Plan> {
  const { id = '', edit, save, start } = options;
  const unfit = OF_GOAL.filter((name) => options[name] !== undefined).map(flagOf);
  if (unfit.length > 0)
    throw misuse(
      `A plan there is takes no ${unfit.join(', ')}.`,
      'That goes with a goal.',
      'Leave it out, edit the definition of the plan with --edit, or make another plan.',
    );
  const done: string[] = [];
  const step = <Value>(doing: Promise<Value>, verb: string, rest: string): Promise<Value> =>
    laterStep(
      doing,
      `Plan ${id} was not ${verb}.`,
      ...(done.length > 0
        ? [`Then: humanos plan --id ${id}${rest}`, `The plan is ${done.join(' and ')}.`]
        : []),
    );
  const starting = start ? ' --start' : '';
  if (edit !== undefined) {
    const editing = readValue(`@${edit}`, terminal.input, '--edit').then((definition) =>
      client.plan.edit({ id, definition: definition as Plan['definition'] }),
    );
    await step(editing, 'edited', '');
    done.push('edited');
  }
  if (save !== undefined) {
    const saving = client.plan.save({ id, definition: save });
    const { definition } = await step(saving, 'saved', ` --save ${save}${starting}`);
    terminal.note(`Saved as ${definition.id}, version ${definition.version}.`);
    done.push(`saved as ${definition.id}`);
  }
  return start
    ? step(client.plan.start({ id }), 'started', starting)
    : step(client.plan.get({ id }), 'shown', '');
}

async function plans({ client, terminal }: Context, options: Paged): Promise<void> {
  const page = await client.plan.list(pageOf(options));
  terminal.answer(page, () =>
    listed(
      page,
      'There are no plans.',
      ['plan', 'status', 'made', 'goal'],
      ({ id, status, createdAt, goal }) => [id, status, moment(createdAt), goal],
      terminal.columns,
    ),
  );
}
