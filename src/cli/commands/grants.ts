import { Option, type Command } from 'commander';
import { GRANT_STATUSES, type OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, readDocument, REASON, reasonOf, type Reasoned } from '../input.ts';
import { cell, moment, table } from '../layout.ts';

/** Standing grants: calls of a kind that need no approval each, for a few days. */
export function grantCommands(program: Command, act: Act): void {
  const grants = program
    .command('grants')
    .description('calls of tools that need no approval each, for some days');
  grants
    .command('list', { isDefault: true })
    .description('list standing grants, and what has been used of them')
    .addOption(new Option('--status <status>', 'only these').choices(GRANT_STATUSES))
    .action(act('The grants could not be listed.', list));
  grants
    .command('propose')
    .description('propose a standing grant; whoever decides on the calls has to approve it')
    .argument('<file>', 'YAML or JSON')
    .requiredOption(
      '--covers <policy>',
      'whose approvals it stands in for, as refunds@3; may be repeated',
      collect,
    )
    .option(...REASON)
    .action(act('Nothing was proposed.', propose));
  grants
    .command('revoke')
    .description('take a standing grant back')
    .argument('<grant>', 'id of the grant')
    .option(...REASON)
    .action(act('The grant was not taken back.', revoke));
}

async function list(
  { client, terminal }: Context,
  { status }: { readonly status?: (typeof GRANT_STATUSES)[number] },
): Promise<void> {
  const { grants: all } = await client.grant.list({});
  const grants = all.filter((one) => status === undefined || one.status === status);
  const rows = grants.map((one) => [
    one.id,
    one.status,
    cell(one.document['tool']),
    `${one.uses} of ${cell(one.document['uses'])}`,
    moment(one.expiresAt),
    `${one.proposedBy}, ${one.grantedBy}`,
  ]);
  terminal.answer({ grants }, () =>
    rows.length === 0
      ? ['There are no such grants. Propose one: humanos grants propose FILE --covers POLICY@VERSION']
      : table(['grant', 'status', 'tool', 'used', 'ends', 'proposed, granted by'], rows, terminal.columns),
  );
}

async function propose(
  { client, terminal }: Context,
  file: string,
  { covers, reason }: Reasoned & { readonly covers: string[] },
): Promise<void> {
  const grant = await readDocument(file);
  const { change } = await client.grant.propose({ grant, covers, ...reasonOf({ reason }) });
  terminal.answer(change, () => [`${change.name} is proposed.`, ...nextAfterProposal(change)]);
}

/** What whoever decides on a change looks at, and then says. */
export const nextAfterProposal = ({ id, digest }: OutputOf<'grant.propose'>['change']): string[] => [
  `  look at it: humanos policies show ${id}`,
  `  somebody else approves it: humanos policies approve ${id} ${digest}`,
];

async function revoke({ client, terminal }: Context, id: string, options: Reasoned): Promise<void> {
  const grant = await client.grant.revoke({ id, ...reasonOf(options) });
  terminal.answer(grant, () => [`${grant.id} is ${grant.status}.`]);
}
