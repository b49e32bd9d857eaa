import { Option, type Command } from 'commander';
import { DELEGATION_STATUSES, type DelegationView, type InputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, momentOf, moneyOf, readValue, REASON, reasonOf, type Reasoned } from '../input.ts';
import { indent, listed, moment, pairs } from '../layout.ts';
import { paged } from '../paging.ts';

export function delegationCommands(program: Command, act: Act): void {
  const delegations = program.command('delegations').description('who lets whom act for them');
  paged(
    delegations
      .command('list', { isDefault: true })
      .description('list delegations')
      .option('--of <passport>', 'only those given by this participant, or to it; `me` is you')
      .option('--awaits <passport>', 'only those that wait for an approval of this participant; `me` is you')
      .addOption(new Option('--status <status>').choices(DELEGATION_STATUSES)),
  ).action(act('The delegations could not be listed.', list));
  delegations
    .command('show')
    .description('show a delegation, and whether it holds')
    .argument('<delegation>')
    .action(act('The delegation could not be shown.', show));
  bounded(delegations.command('create').description('let another participant act for you'))
    .argument('<passport>', 'who is to act')
    .option('--from <passport>', 'whose authority it is; you, if left out')
    .option('--under <delegation>', 'a delegation to you, to be passed on')
    .action(act('No delegation was made.', create));
  bounded(delegations.command('narrow').description('make a delegation narrower'))
    .argument('<delegation>')
    .action(act('The delegation was not changed.', narrow));
  delegations
    .command('approve')
    .description('approve a delegation that waits for it, exactly as it is')
    .argument('<delegation>')
    .argument('<digest>', 'digest of what was looked at')
    .option(...REASON)
    .action(act('The delegation was not approved.', approve));
  for (const [name, summary] of [
    ['reject', 'decide against a delegation that waits for an approval, and end it'],
    ['pause', 'suspend a delegation, and all that rest on it'],
    ['unpause', 'let a paused delegation hold again'],
    ['revoke', 'end a delegation, and all that rest on it, for good'],
  ] as const)
    delegations
      .command(name)
      .description(summary)
      .argument('<delegation>')
      .option(...REASON)
      .action(act('The delegation was not changed.', command(name)));
}

interface Bounds {
  readonly operation?: string[];
  readonly capability?: string[];
  readonly definition?: string[];
  readonly amount?: { amount: number; currency: string };
  readonly constraints?: string;
  readonly expires?: number;
}

const bounded = (given: Command): Command =>
  given
    .option(
      '--operation <name>',
      'only these; work on tasks takes task.get, task.start and task.complete',
      collect,
    )
    .option('--capability <capability>', 'only tasks that ask for these', collect)
    .option('--definition <id>', 'only runs of these', collect)
    .option('--amount <money>', 'the most that one act may be worth, such as "250 EUR"', moneyOf)
    .option('--constraints <json>', 'what it has to be about: JSON, or @FILE')
    .option('--expires <time>', 'a date and time, or 8h, 2d, 1w', momentOf);

async function termsOf({ terminal }: Context, bounds: Bounds) {
  const { operation, capability, definition, amount, constraints, expires } = bounds;
  const read =
    constraints === undefined
      ? undefined
      : await readValue(constraints, terminal.input, 'The value of --constraints');
  return {
    scope: {
      ...(operation && { operations: operation }),
      ...(capability && { capabilities: capability }),
      ...(definition && { definitions: definition }),
      ...(amount && { amount }),
    },
    ...(read !== undefined && {
      constraints: read as NonNullable<InputOf<'delegation.create'>['constraints']>,
    }),
    ...(expires !== undefined && { expiresAt: expires }),
  };
}

async function list(
  { client, terminal }: Context,
  options: Pick<InputOf<'delegation.list'>, 'of' | 'awaits' | 'status' | 'limit' | 'cursor'>,
): Promise<void> {
  const { of, awaits, status, limit: rows, cursor: from } = options;
  const wanted = { of, awaits, status, limit: rows, cursor: from };
  const page = await client.delegation.list(
    Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
  );
  const isFiltered = [of, awaits, status].some((one) => one !== undefined);
  terminal.answer(page, () =>
    listed(
      page,
      isFiltered ? 'There are no such delegations.' : NO_DELEGATIONS,
      ['delegation', 'from', 'to', 'status', 'until', 'scope', 'waits for'],
      (one) => [
        one.id,
        one.from,
        one.to,
        statusOf(one),
        moment(one.expiresAt),
        scopeText(one),
        open(one).map(waitText).join(' and '),
      ],
      terminal.columns,
    ),
  );
}

const NO_DELEGATIONS = 'There are no delegations. Make one: humanos delegations create PASSPORT --expires 1w';

const statusOf = ({ status, holds }: DelegationView): string =>
  status === 'active' && !holds ? 'active, does not hold' : status;

const scopeText = ({ scope }: DelegationView): string => {
  const { operations, capabilities, definitions, amount } = scope;
  const parts = [operations, capabilities, definitions].flatMap((names) => names ?? []);
  if (amount) parts.push(`up to ${amount.amount} ${amount.currency}`);
  return parts.join(', ') || 'everything';
};

type Asked = NonNullable<DelegationView['proposal']>['approvals'][number];

const open = ({ status, proposal }: DelegationView): readonly Asked[] =>
  status === 'proposed'
    ? (proposal?.approvals ?? []).filter(({ agreed, quorum }) => agreed.length < quorum)
    : [];

const waitText = ({ from, quorum, agreed }: Asked): string =>
  `${quorum - agreed.length > 1 ? `${quorum - agreed.length} of ` : ''}${from.join(', ')}`;

const approvalText = (one: Asked, status: DelegationView['status']): string => {
  const { agreed, quorum, deadline, restsOn } = one;
  const by = agreed.map((given) => given.by).join(', ');
  const isOpen = status === 'proposed' && agreed.length < quorum;
  const waits = `waits for ${waitText(one)}${deadline === null ? '' : ` until ${moment(deadline)}`}`;
  const stands = isOpen ? waits : agreed.length < quorum ? 'not given' : 'given';
  return `${restsOn.join(', ')}: ${stands}${by && `; approved by ${by}`}`;
};

function proposalLines({ id, status, proposal }: DelegationView): string[] {
  if (!proposal) return [];
  const { digest, approvals, reasons, proposedBy, proposedAt, decidedBy, decidedAt, decision } = proposal;
  return [
    ...pairs([
      ['proposed', `${moment(proposedAt)} by ${proposedBy}`],
      ['why', reasons.map(({ message }) => message).join(' ')],
      ...approvals.map((one): [string, string] => ['approval', approvalText(one, status)]),
      ['decided', decidedAt === null ? null : `${moment(decidedAt)} ${decidedBy ?? 'by its time'}`],
      ['because', decision],
      ['digest', digest],
    ]),
    ...(status === 'proposed'
      ? [
          `approve it: humanos delegations approve ${id} ${digest}`,
          `or reject it: humanos delegations reject ${id} -r TEXT`,
        ]
      : []),
  ];
}

const describe = (one: DelegationView): string[] => [
  one.id,
  ...indent(
    pairs([
      ['from', one.from],
      ['to', one.to],
      ['status', one.status],
      ['holds', one.obstacle ?? 'yes'],
      ['until', moment(one.expiresAt) || 'revoked'],
      ['operations', one.scope.operations?.join(', ') ?? 'everything'],
      ['capabilities', one.scope.capabilities?.join(', ')],
      ['definitions', one.scope.definitions?.join(', ')],
      ['amount', one.scope.amount && `${one.scope.amount.amount} ${one.scope.amount.currency}`],
      ['constraints', one.constraints.length > 0 ? JSON.stringify(one.constraints) : null],
      ['chain', one.chain.map(({ from, to }) => `${from} -> ${to}`).join(', ')],
      ['since', moment(one.createdAt)],
    ]),
  ),
  ...indent(proposalLines(one)),
];

async function show({ client, terminal }: Context, id: string): Promise<void> {
  const one = await client.delegation.get({ id });
  terminal.answer(one, () => describe(one));
}

async function create(
  context: Context,
  to: string,
  options: Bounds & { readonly from?: string; readonly under?: string },
): Promise<void> {
  const { from, under } = options;
  const one = await context.client.delegation.create({
    to,
    ...(from !== undefined && { from }),
    ...(under !== undefined && { under }),
    ...(await termsOf(context, options)),
  });
  context.terminal.answer(one, () => [
    ...describe(one),
    ...(one.holds ? [`  act under it: humanos --delegation ${one.id} …`] : []),
  ]);
}

async function narrow(context: Context, id: string, bounds: Bounds): Promise<void> {
  const one = await context.client.delegation.narrow({ id, ...(await termsOf(context, bounds)) });
  context.terminal.answer(one, () => describe(one));
}

async function approve(
  { client, terminal }: Context,
  id: string,
  digest: string,
  options: Reasoned,
): Promise<void> {
  const one = await client.delegation.approve({ id, digest, ...reasonOf(options) });
  terminal.answer(one, () => describe(one));
}

const command =
  (name: 'reject' | 'pause' | 'unpause' | 'revoke') =>
  async ({ client, terminal }: Context, id: string, options: Reasoned): Promise<void> => {
    const one = await client.delegation[name]({ id, ...reasonOf(options) });
    terminal.answer(one, () => describe(one));
  };
