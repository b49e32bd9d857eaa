import { Option, type Command } from 'commander';
import type { Client, OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { readDocument, REASON, reasonOf, wholeNumber, type Reasoned } from '../input.ts';
import { document, indent, moment, oneLine, pairs, table } from '../layout.ts';
import { misuse } from '../trouble.ts';
import { grantCommands, nextAfterProposal } from './grants.ts';
import { trialCommands } from './policy-trials.ts';

/** What binds everybody: policies, and the emergency stop. */
export function policyCommands(program: Command, act: Act): void {
  const policies = program
    .command('policies')
    .description('what is denied, approved first, or left to people');
  policies
    .command('list', { isDefault: true })
    .description('list what is in force, and what is proposed')
    .action(act('The policies could not be listed.', list));
  policies
    .command('show')
    .description('show a policy: the version in force, else what is proposed; or a change of any kind')
    .argument('<policy>', 'id of the policy, or of a change')
    .addOption(new Option('--version <n>', 'that in force, if left out').argParser(wholeNumber(1, 1e9)))
    .action(act('The policy could not be shown.', show));
  policies
    .command('history')
    .description('list changes, oldest first: who proposed them, and who decided')
    .argument('[policy]', 'only of this policy; or `profile`')
    .action(act('The changes could not be listed.', history));
  policies
    .command('propose')
    .description('propose a policy, its end, or the profile; somebody else has to approve it')
    .argument('[file]', 'YAML or JSON')
    .option(...REASON)
    .option('--profile', 'it is the profile of the organisation')
    .option('--retire <policy>', 'instead of a file: the policy that is to end')
    .action(act('Nothing was proposed.', propose));
  policies
    .command('approve')
    .description('approve a change, exactly as it is')
    .argument('<change>', 'id of the change')
    .argument('<digest>', 'digest of what was looked at')
    .option(...REASON)
    .option('--running', 'also for runs that have begun')
    .action(act('The change was not approved.', approve));
  for (const [name, summary] of [
    ['reject', 'decide against a change that is proposed'],
    ['withdraw', 'take back a change that you have proposed'],
  ] as const)
    policies
      .command(name)
      .description(summary)
      .argument('<change>', 'id of the change')
      .option(...REASON)
      .action(act('The change stays proposed.', close(name)));
  trialCommands(policies, act);
  grantCommands(program, act);
  program
    .command('emergency-stop')
    .description('stop all work: nothing begins any more; without a reason it says how things stand')
    .option(...REASON)
    .option('--lift', 'let work go on')
    .action(act('The emergency stop was not changed.', stop));
}

type Change = OutputOf<'policy.get'>;

/** What is decided on: the end of a policy is no version of it. */
export function subjectOf({ what, name, version }: Change): string {
  if (what === 'retire_policy') return `the end of ${name}`;
  if (what === 'save_profile') return `version ${version} of the profile`;
  return what === 'standing_grant' ? `the standing grant ${name}` : `${name}@${version}`;
}

/** As a sentence begins; an id stays as it is. */
function opening(change: Change): string {
  const subject = subjectOf(change);
  return change.what === 'save_policy' ? subject : subject.charAt(0).toUpperCase() + subject.slice(1);
}

const rowOf = (change: Change): string[] => [
  subjectOf(change),
  change.status,
  ...(change.status === 'proposed' ? [change.id, change.digest] : ['', '']),
];

async function list(...[{ client, terminal }]: [Context, ...unknown[]]): Promise<void> {
  const found = await client.policy.list({});
  const rows = [...found.policies, ...found.proposed].map(rowOf);
  terminal.answer(found, () => [
    `The profile is ${found.autonomy}.`,
    ...table(['policy', 'status', 'change', 'digest'], rows, terminal.columns),
  ]);
}

async function show(
  { client, terminal }: Context,
  id: string,
  { version }: { readonly version?: number },
): Promise<void> {
  const change = await shownOf(client, id, version);
  terminal.answer(change, () => [
    `${change.name}, version ${change.version}`,
    ...indent(
      pairs([
        ['change', kindOf(change)],
        ['covers', change.covers.join(', ')],
        ['status', change.status],
        ['proposed', `${moment(change.proposedAt)} by ${change.author ?? 'the system'}`],
        ['why', change.reason],
        ['decided', change.decidedBy && `${moment(change.decidedAt)} by ${change.decidedBy}`],
        ['because', change.decision],
        ['id', change.id],
        ['digest', change.digest],
      ]),
    ),
    ...(change.document === null ? [] : document(change.document)),
  ]);
}

/** A change by its own id; else what holds of a policy, or is proposed where nothing holds. */
async function shownOf(client: Client, id: string, version: number | undefined): Promise<Change> {
  if (version !== undefined) return client.policy.get({ id, version });
  const { changes } = await client.policy.history({});
  const own = changes.findLast((change) => change.id === id);
  if (own) return own;
  const named = changes.filter(({ name, what }) => name === id && what !== 'standing_grant');
  const holds = named.some(({ status, what }) => status === 'active' && what !== 'retire_policy');
  const proposed = named.findLast(({ status }) => status === 'proposed');
  return proposed && !holds ? proposed : client.policy.get({ id });
}

const kindOf = ({ what }: Change): string => what.replaceAll('_', ' ');

async function history({ client, terminal }: Context, name: string | undefined): Promise<void> {
  const found = await client.policy.history(name === undefined ? {} : { name });
  const rows = found.changes.map((change) => [
    `${change.name}@${change.version}`,
    kindOf(change),
    change.status,
    `${moment(change.proposedAt)} ${change.author ?? ''}`,
    change.decidedAt === null ? '' : `${moment(change.decidedAt)} ${change.decidedBy ?? ''}`,
  ]);
  terminal.answer(found, () =>
    rows.length === 0
      ? [name === undefined ? 'Nothing has been changed yet.' : `There is no change of ${name}.`]
      : table(['policy', 'what', 'status', 'proposed', 'decided'], rows, terminal.columns),
  );
}

async function propose(
  { client, terminal }: Context,
  file: string | undefined,
  { reason, profile, retire }: Reasoned & { readonly profile?: boolean; readonly retire?: string },
): Promise<void> {
  if ((file === undefined) === (retire === undefined))
    throw misuse(
      'It is not said what is to change.',
      'A file is expected, or --retire.',
      'Give one of them.',
    );
  const { change } = await client.policy.propose({
    ...(retire !== undefined && { retire }),
    ...(file !== undefined && { [profile ? 'profile' : 'policy']: await readDocument(file) }),
    ...reasonOf({ reason }),
  });
  terminal.answer(change, () => [`${opening(change)} is proposed.`, ...nextAfterProposal(change)]);
}

async function approve(
  { client, terminal }: Context,
  id: string,
  digest: string,
  { reason, running }: Reasoned & { readonly running?: boolean },
): Promise<void> {
  const { change } = await client.policy.approve({
    id,
    digest,
    ...reasonOf({ reason }),
    applyTo: running ? 'running' : 'new',
  });
  const until = change.what === 'standing_grant' ? await endOf(client, change.name) : null;
  terminal.answer(change, () => approvedLines(change, until));
}

/** It has been approved by then, whether this is answered or not. */
const endOf = (client: Client, grant: string): Promise<number | null> =>
  client.grant.list({}).then(
    ({ grants }) => grants.find(({ id }) => id === grant)?.expiresAt ?? null,
    () => null,
  );

function approvedLines(change: Change, until: number | null): string[] {
  const { name, what, applyTo } = change;
  if (what === 'standing_grant')
    return [`Calls under ${name} need no approval${until === null ? '' : ` until ${moment(until)}`}.`];
  const line = what === 'retire_policy' ? `${name} has ended.` : `${opening(change)} is in force.`;
  return applyTo === 'running' ? [line] : [line, BEGUN];
}

const BEGUN = '  Runs that have begun keep what held for them, until a change is approved with --running.';

const close =
  (how: 'reject' | 'withdraw') =>
  async ({ client, terminal }: Context, id: string, options: Reasoned): Promise<void> => {
    const { change } = await client.policy[how]({ id, ...reasonOf(options) });
    terminal.answer(change, () => [`${opening(change)} is ${change.status}.`]);
  };

function standsLines(stands: OutputOf<'organisation.get_emergency_stop'>): string[] {
  const { state, at, by, reason, liftProposedBy } = stands;
  if (state === 'off') return ['Work goes on. Stop it: humanos emergency-stop -r TEXT'];
  if (state === 'unknown') return ['Whether work is stopped cannot be read, so nothing begins.'];
  const line = `All work is stopped since ${moment(at)} by ${by ?? 'somebody'}: ${oneLine(reason ?? '')}`;
  return liftProposedBy === null
    ? [line]
    : [
        line,
        `${liftProposedBy} has asked for work to go on; it does when somebody else asks for the same:`,
        '  humanos emergency-stop --lift -r TEXT',
      ];
}

async function stop(
  { client, terminal }: Context,
  { reason, lift }: Reasoned & { readonly lift?: boolean },
): Promise<void> {
  const { organisation } = client;
  if (reason === undefined && lift)
    throw misuse('It is not said why.', 'A reason goes into the record.', 'Give it with --reason.');
  if (reason === undefined) {
    const stands = await organisation.getEmergencyStop();
    return terminal.answer(stands, () => standsLines(stands));
  }
  const now = lift
    ? await organisation.liftEmergencyStop({ reason })
    : await organisation.emergencyStop({ reason });
  terminal.answer(now, () => {
    if (now.state === 'off') return ['Work goes on.'];
    if (now.liftProposedBy !== null) return ['Somebody else has to ask for the same, then work goes on.'];
    return [
      'All work is stopped: what is under way may end.',
      '  let it go on: humanos emergency-stop --lift -r TEXT',
    ];
  });
}
