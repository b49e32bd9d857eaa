import { Option, type Command } from 'commander';
import {
  PARTICIPANT_KINDS,
  PASSPORT_STATUSES,
  SAFETIES,
  type InputOf,
  type PassportView,
} from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import {
  collect,
  momentOf,
  moneyOf,
  readValue,
  REASON,
  reasonOf,
  wholeNumber,
  type Reasoned,
} from '../input.ts';
import { more, oneLine, table } from '../layout.ts';
import { laterStep } from '../later-step.ts';
import { paged } from '../paging.ts';
import { Trouble } from '../trouble.ts';
import { claimCommands } from './claims.ts';
import { keyCommands } from './keys.ts';
import { describeParticipant, statusOf, tokenLines } from './passport-text.ts';

const kind = () => new Option('--kind <kind>').choices(PARTICIPANT_KINDS);

export function participantCommands(program: Command, act: Act): void {
  const participants = program.command('participants').description('who can do work');
  paged(
    participants
      .command('list', { isDefault: true })
      .description('list participants')
      .addOption(kind())
      .option('--role <role>', 'only who has it')
      .option('--group <group>', 'only who is in it')
      .option('--post <post>', 'only who holds it')
      .option('--capability <capability>', 'only who has it')
      .option('--status <status>', 'available, busy, away, suspended or revoked')
      .option('--owner <passport>', 'only agents and systems of this human; `me` is you')
      .option('--manager <passport>', 'only who reports to this participant'),
  ).action(act('The participants could not be listed.', listParticipants));
  participants
    .command('show')
    .argument('<passport>', 'id of the participant; `me` is you')
    .description('show a participant')
    .action(act('The participant could not be shown.', showParticipant));
  for (const [name, summary] of [
    ['add', 'register a participant'],
    ['update', 'change a participant'],
  ] as const)
    described(participants.command(name).description(summary), name).action(
      name === 'add'
        ? act('The participant was not registered.', addParticipant)
        : act('The participant was not changed.', updateParticipant),
    );
  statusCommands(participants, act);
  claimCommands(participants, act);
  keyCommands(participants, act);
}

// --- who there is ---------------------------------------------------------------------------------------------------

type Listed = InputOf<'participant.list'>;

/** Named one by one: the options of a command hold the token as well. */
const FILTERS = [
  'limit',
  'cursor',
  'kind',
  'role',
  'group',
  'post',
  'capability',
  'status',
  'owner',
  'manager',
] as const satisfies readonly (keyof Listed)[];

async function listParticipants({ client, terminal }: Context, options: Listed): Promise<void> {
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, options[name]]));
  const page = await client.participant.list(wanted);
  terminal.answer(page, () => [
    ...table(
      ['passport', 'kind', 'name', 'status', 'owner', 'roles', 'capabilities'],
      page.rows.map((one) => [
        one.id,
        one.kind,
        one.name,
        statusOf(one),
        one.owner ?? '',
        one.roles.join(','),
        one.capabilities.join(','),
      ]),
      terminal.columns,
    ),
    ...more(page),
  ]);
}

async function showParticipant({ client, terminal }: Context, id: string): Promise<void> {
  const one = id === 'me' ? await client.participant.me() : await client.participant.get({ id });
  terminal.answer(one, () => describeParticipant(one));
}

// --- changing -------------------------------------------------------------------------------------------------------

type Per = NonNullable<PassportView['costRate']>['per'];
interface ParticipantOptions {
  readonly id?: string;
  readonly kind?: PassportView['kind'];
  readonly name?: string;
  readonly owner?: string;
  readonly manager?: string;
  readonly role?: string[];
  readonly group?: string[];
  readonly post?: string[];
  readonly capability?: string[];
  readonly tool?: string[];
  readonly safety?: PassportView['safety'];
  readonly hours?: string;
  readonly rate?: string;
  readonly per?: Per;
  readonly capacity?: number;
  readonly publicKey?: string;
  readonly status?: PassportView['status'];
  readonly issueToken?: boolean;
}

/** What an option says that depends on whether there is something already: a list that is given takes the place of the one there is. */
const SAID = {
  add: {
    owner: '; you, if left out',
    of: (list: string) => list,
    capabilities: 'capabilities',
    per: 'hour, if left out',
  },
  update: {
    owner: '',
    of: (list: string) => `all its ${list} from now on`,
    capabilities: 'all its capabilities from now on; to add one: participants grant',
    per: 'as it was, if left out',
  },
} as const;

const described = (command: Command, name: 'add' | 'update'): Command => {
  if (name === 'add')
    command
      .argument('<name>', 'as people know it')
      .addOption(kind().default('agent'))
      .option('--id <id>', 'passport_…; made by the server, if left out')
      .option('--issue-token', 'issue a token for it, which is shown this once');
  else
    command
      .argument('<passport>', 'id of the participant')
      .option('--name <name>', 'as people know it')
      .addOption(new Option('--status <status>').choices(PASSPORT_STATUSES));
  const said = SAID[name];
  return command
    .option('--owner <passport>', `the human who answers for an agent or a system${said.owner}`)
    .option('--manager <passport>', 'whom it reports to')
    .option('--role <role>', said.of('roles'), collect)
    .option('--group <group>', said.of('groups'), collect)
    .option('--post <post>', said.of('posts'), collect)
    .option('--capability <capability>', said.capabilities, collect)
    .option('--tool <tool>', 'the only tools it may use; a * at the end stands for any rest', collect)
    .addOption(new Option('--safety <tier>', 'the highest tier it may work in').choices(SAFETIES))
    .option('--hours <json>', 'working hours: JSON, or @FILE')
    .option('--rate <money>', 'cost rate, such as "80 EUR"')
    .addOption(new Option('--per <unit>', `of the rate; ${said.per}`).choices(['hour', 'task']))
    .addOption(new Option('--capacity <n>', 'most tasks held at once').argParser(wholeNumber(1, 10_000)))
    .option('--public-key <base64>', 'Ed25519');
};

async function changesOf({ terminal }: Context, options: ParticipantOptions, perNow: Per = 'hour') {
  const { owner, manager, role, group, post, capability, tool, safety, hours, rate, capacity, publicKey } =
    options;
  const workingHours =
    hours === undefined ? undefined : await readValue(hours, terminal.input, 'The value of --hours');
  const changes = {
    owner,
    manager,
    roles: role,
    groups: group,
    posts: post,
    capabilities: capability,
    tools: tool,
    safety,
    workingHours: workingHours as InputOf<'participant.update'>['workingHours'],
    costRate: rate === undefined ? undefined : { ...moneyOf(rate), per: options.per ?? perNow },
    capacity,
    publicKey,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [Name in keyof typeof changes]?: Exclude<(typeof changes)[Name], undefined>;
  };
}

async function addParticipant(context: Context, name: string, options: ParticipantOptions): Promise<void> {
  const { client, terminal } = context;
  const { id, kind: of = 'agent', issueToken } = options;
  const owner = of === 'human' ? undefined : (options.owner ?? (await client.participant.me()).id);
  const one = await client.participant.register({
    name,
    kind: of,
    ...(await changesOf(context, { ...options, ...(owner !== undefined && { owner }) })),
    ...(id !== undefined && { id }),
  });
  const secret = issueToken ? await tokenOf(context, one) : null;
  terminal.answer({ ...one, ...(secret !== null && { secret }) }, () => [
    ...describeParticipant(one),
    ...(secret !== null ? tokenLines(secret) : [`  give it a token: humanos token issue ${one.id}`]),
  ]);
}

async function tokenOf({ client }: Context, { id, name }: PassportView): Promise<string> {
  const stands = `${oneLine(name)} is registered as ${id}.`;
  const next = `Issue one, without registering again: humanos token issue ${id}`;
  const { secret } = await laterStep(
    client.token.issue({ passport: id }),
    'No token was issued.',
    next,
    stands,
  );
  if (secret !== null) return secret;
  throw new Trouble({
    what: `The token cannot be shown. ${stands}`,
    why: 'It is shown once, and that answer was lost.',
    next,
    code: 'secret_lost',
  });
}

async function updateParticipant(context: Context, id: string, options: ParticipantOptions): Promise<void> {
  const { client } = context;
  const { name, status, rate, per } = options;
  const keepsUnit = rate !== undefined && per === undefined;
  const known = keepsUnit ? (await client.participant.get({ id })).costRate : null;
  const one = await client.participant.update({
    id,
    ...(await changesOf(context, options, known?.per)),
    ...(name !== undefined && { name }),
    ...(status && { status }),
  });
  context.terminal.answer(one, () => describeParticipant(one));
}

// --- status ---------------------------------------------------------------------------------------------------------

const SUMMARIES = {
  suspend: 'keep a participant from acting for now; with a human, their agents too',
  unsuspend: 'let a suspended participant act again',
  revoke: 'keep a participant from acting, for good',
} as const;

function statusCommands(participants: Command, act: Act): void {
  for (const name of ['suspend', 'unsuspend', 'revoke'] as const)
    participants
      .command(name)
      .description(SUMMARIES[name])
      .argument('<passport>', 'id of the participant')
      .option(...REASON)
      .action(act('The participant was not changed.', setStatus(name)));
  for (const [name, summary] of [
    ['away', 'be away, or say that somebody is'],
    ['busy', 'take nothing new for now'],
    ['back', 'be available again'],
  ] as const) {
    const command = participants.command(name).description(summary);
    command.argument('[passport]', 'id of the participant; you, if left out', 'me');
    if (name === 'away')
      command
        .option('--until <time>', 'when they are back: a date and time, or 8h, 2d, 1w', momentOf)
        .option('--substitute <passport>', 'who stands in');
    command.action(act('The availability was not changed.', setAvailability(name)));
  }
}

const setStatus =
  (name: 'suspend' | 'unsuspend' | 'revoke') =>
  async ({ client, terminal }: Context, id: string, options: Reasoned): Promise<void> => {
    const one = await client.participant[name]({ id, ...reasonOf(options) });
    terminal.answer(one, () => describeParticipant(one));
  };

const STATUSES = { away: 'away', busy: 'busy', back: 'available' } as const;

const setAvailability =
  (name: keyof typeof STATUSES) =>
  async (
    { client, terminal }: Context,
    id: string,
    { until, substitute }: { readonly until?: number; readonly substitute?: string },
  ): Promise<void> => {
    const one = await client.participant.setAvailability({
      id,
      status: STATUSES[name],
      ...(until !== undefined && { until }),
      ...(substitute !== undefined && { substitute }),
    });
    terminal.answer(one, () => describeParticipant(one));
  };
