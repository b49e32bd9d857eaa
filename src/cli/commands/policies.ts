import type { Command } from 'commander';
import type { InputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { readText } from '../input.ts';
import { table } from '../layout.ts';
import { parse } from 'yaml';

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
    .command('propose')
    .description('propose a policy, or the profile; somebody else has to approve it')
    .argument('<file>', 'YAML or JSON')
    .option('-r, --reason <text>', 'why; it goes into the record')
    .option('--profile', 'it is the profile of the organisation')
    .action(act('Nothing was proposed.', propose));
  policies
    .command('approve')
    .description('approve a change, exactly as it is')
    .argument('<change>', 'id of the change')
    .argument('<digest>', 'digest of what was looked at')
    .option('-r, --reason <text>', 'why; it goes into the record')
    .option('--running', 'also for runs that have begun')
    .action(act('The change was not approved.', approve));
  program
    .command('emergency-stop')
    .description('stop all work: nothing begins any more')
    .requiredOption('-r, --reason <text>', 'why; it goes into the record')
    .option('--lift', 'let work go on')
    .action(act('The emergency stop was not changed.', stop));
}

async function list(...[{ client, terminal }]: [Context, ...unknown[]]): Promise<void> {
  const found = await client.policy.list({});
  const rows = [...found.policies, ...found.proposed].map(({ name, version, status, id, digest }) => [
    `${name}@${version}`,
    status,
    status === 'proposed' ? `${id} ${digest}` : '',
  ]);
  terminal.answer(found, () => [
    `The profile is ${found.autonomy}.`,
    ...table(['policy', 'status', 'change and digest'], rows, terminal.columns),
  ]);
}

interface Reasoned {
  readonly reason?: string;
}

async function propose(
  { client, terminal }: Context,
  file: string,
  { reason, profile }: Reasoned & { readonly profile?: boolean },
): Promise<void> {
  const document = parse(await readText(file)) as NonNullable<InputOf<'policy.propose'>['policy']>;
  const { change } = await client.policy.propose({
    ...(profile ? { profile: document } : { policy: document }),
    ...(reason !== undefined && { reason }),
  });
  terminal.answer(change, () => [
    `${change.name}@${change.version} is proposed.`,
    `  somebody else approves it: humanos policies approve ${change.id} ${change.digest}`,
  ]);
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
    ...(reason !== undefined && { reason }),
    applyTo: running ? 'running' : 'new',
  });
  terminal.answer(change, () => [`${change.name}@${change.version} is in force.`]);
}

async function stop(
  { client, terminal }: Context,
  { reason, lift }: { readonly reason: string; readonly lift?: boolean },
): Promise<void> {
  const { organisation } = client;
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
