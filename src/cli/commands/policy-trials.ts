import { Argument, type Command } from 'commander';
import { POINT_NAMES, type InputOf, type OutputOf, type RunView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, readDocument, readValue } from '../input.ts';
import { cell, indent, oneLine, span, table } from '../layout.ts';
import { misuse } from '../trouble.ts';

type Point = InputOf<'policy.effective'>['point'];
type Situations = NonNullable<InputOf<'policy.simulate'>['situations']>;
type Ruling = OutputOf<'policy.effective'>['ruling'];

/** Policies tried, before anything is done or changed. */
export function trialCommands(policies: Command, act: Act): void {
  policies
    .command('effective')
    .description('say what would apply to an act, and why')
    .addArgument(new Argument('<point>', 'where it is asked').choices(POINT_NAMES))
    .option('--facts <json>', 'what is known of the act: JSON, @FILE, or - for standard input')
    .action(act('It could not be said.', effective));
  policies
    .command('simulate')
    .description('try changes on runs that were, or on acts that are given, against what is in force')
    .argument('[file...]', 'policies as they would be: YAML or JSON')
    .option('--without <policy>', 'leave this one out; may be repeated', collect)
    .option('--profile <file>', 'with this profile: YAML or JSON')
    .option('--run <run>', 'ask again about all that happened in this run; may be repeated', collect)
    .option('--situations <json>', 'acts, a list of { point, facts }: JSON, @FILE, or - for standard input')
    .action(act('It could not be tried.', simulate));
}

const messageOf = (part: Readonly<Record<string, unknown>>): string => {
  const { message, code } = part;
  return oneLine(
    typeof message === 'string' ? message : typeof code === 'string' ? code : JSON.stringify(part),
  );
};

const parties = (to: unknown): string => (Array.isArray(to) ? to.map(cell).join(' or ') : cell(to));

const capped = (name: string, most: unknown): string[] => {
  if (most === null) return [];
  if (Array.isArray(most))
    return (most as readonly Money[]).map(({ amount, currency }) => `${name} ${amount} ${currency}`);
  return [`${name} ${name === 'duration' ? span(Number(most)) : cell(most)}`];
};
type Money = NonNullable<RunView['limits']['cost']>;

const describeRuling = ({ reasons, obligations, limits, notifications }: Ruling): string[] => [
  ...reasons.map((reason) => `because: ${messageOf(reason)}`),
  ...obligations.map((one) =>
    one['kind'] === 'route' ? `goes to: ${parties(one['to'])}` : `asks: ${parties(one['from'])}`,
  ),
  ...Object.entries(limits).flatMap(([name, most]) => capped(name, most).map((cap) => `caps: ${cap}`)),
  ...notifications.map(({ to }) => `tells: ${parties(to)}`),
];

async function effective(
  { client, terminal }: Context,
  point: Point,
  { facts }: { readonly facts?: string },
): Promise<void> {
  const given = facts === undefined ? {} : await readValue(facts, terminal.input, '--facts');
  const found = await client.policy.effective({
    point,
    facts: given as NonNullable<InputOf<'policy.effective'>['facts']>,
  });
  const rows = found.policies.map((one) => [
    `${cell(one['id'])}@${cell(one['version'])}`,
    one['applies'] === true ? 'applies' : 'does not',
    messageOf(one),
  ]);
  terminal.answer(found, () => [
    `${point}: ${found.ruling.verdict.replaceAll('_', ' ')}`,
    ...indent(describeRuling(found.ruling)),
    ...(rows.length === 0
      ? ['No policy is in force; the profile decides.']
      : table(['policy', '', 'why'], rows, terminal.columns)),
  ]);
}

interface Trial {
  readonly without?: string[];
  readonly profile?: string;
  readonly run?: string[];
  readonly situations?: string;
}

async function simulate({ client, terminal }: Context, files: string[], trial: Trial): Promise<void> {
  const { without = [], profile, run: runs = [], situations } = trial;
  if (runs.length === 0 && situations === undefined)
    throw misuse(
      'There is nothing to try it on.',
      'Runs that were, or acts, are expected.',
      'Give --run RUN or --situations JSON.',
    );
  const found = await client.policy.simulate({
    policies: await Promise.all(files.map(readDocument)),
    without,
    runs,
    ...(profile !== undefined && { profile: await readDocument(profile) }),
    ...(situations !== undefined && {
      situations: (await readValue(situations, terminal.input, '--situations')) as Situations,
    }),
  });
  const rows = found.differences.map(({ at, point, change, before, after }) => [
    String(at),
    point,
    change,
    before.verdict,
    after.verdict,
    after.reasons.map(messageOf).join('; '),
  ]);
  terminal.answer(found, () => [
    `${found.situations} acts were looked at, and ${rows.length} would be decided differently.`,
    ...(rows.length === 0
      ? []
      : table(['act', 'point', 'change', 'now', 'then', 'why'], rows, terminal.columns)),
  ]);
}
