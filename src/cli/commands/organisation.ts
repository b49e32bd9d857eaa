import { Option, type Command } from 'commander';
import type { InputOf, PassportView } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, readText, wholeNumber } from '../input.ts';
import { document, indent, moment, pairs, table } from '../layout.ts';
import { EXIT } from '../trouble.ts';

const limit = () => new Option('-n, --limit <n>', 'rows').argParser(wholeNumber(1, 1000)).default(100);

export function organisationCommands(program: Command, act: Act): void {
  participantCommands(program, act);
  program
    .command('capabilities')
    .description('list what participants can do, and how many can')
    .action(act<[]>('The capabilities could not be listed.', capabilities));
  definitionCommands(program, act);
  tokenCommands(program, act);
}

function participantCommands(program: Command, act: Act): void {
  const participants = program.command('participants').description('who can do work');
  participants
    .command('list', { isDefault: true })
    .description('list participants')
    .addOption(new Option('--kind <kind>').choices(['human', 'agent', 'system']))
    .option('--role <role>', 'only who has it')
    .option('--capability <capability>', 'only who has it')
    .addOption(limit())
    .action(act('The participants could not be listed.', listParticipants));
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
}

interface ParticipantOptions {
  readonly id?: string;
  readonly kind?: PassportView['kind'];
  readonly name?: string;
  readonly owner?: string;
  readonly role?: string[];
  readonly group?: string[];
  readonly capability?: string[];
  readonly capacity?: number;
  readonly publicKey?: string;
  readonly status?: PassportView['status'];
  readonly issueToken?: boolean;
}

const described = (command: Command, name: 'add' | 'update'): Command => {
  if (name === 'add')
    command
      .argument('<name>', 'as people know it')
      .addOption(new Option('--kind <kind>').choices(['human', 'agent', 'system']).default('agent'))
      .option('--id <id>', 'passport_…; made by the server, if left out')
      .option('--issue-token', 'issue a token for it, which is shown this once');
  else
    command
      .argument('<passport>', 'id of the participant')
      .option('--name <name>', 'as people know it')
      .addOption(
        new Option('--status <status>').choices(['available', 'busy', 'away', 'suspended', 'revoked']),
      );
  return command
    .option('--owner <passport>', 'the human who answers for an agent or a system; you, if left out')
    .option('--role <role>', 'roles', collect)
    .option('--group <group>', 'groups', collect)
    .option('--capability <capability>', 'capabilities', collect)
    .addOption(new Option('--capacity <n>', 'most tasks held at once').argParser(wholeNumber(1, 10_000)))
    .option('--public-key <base64>', 'Ed25519');
};

const changesOf = ({ owner, role, group, capability, capacity, publicKey }: ParticipantOptions) => ({
  ...(owner !== undefined && { owner }),
  ...(role && { roles: role }),
  ...(group && { groups: group }),
  ...(capability && { capabilities: capability }),
  ...(capacity !== undefined && { capacity }),
  ...(publicKey !== undefined && { publicKey }),
});

async function listParticipants(
  { client, terminal }: Context,
  { kind, role, capability, limit: rows }: InputOf<'participant.list'>,
): Promise<void> {
  const page = await client.participant.list({
    ...(rows !== undefined && { limit: rows }),
    ...(kind && { kind }),
    ...(role !== undefined && { role }),
    ...(capability !== undefined && { capability }),
  });
  terminal.answer(page, () =>
    table(
      ['passport', 'kind', 'name', 'status', 'owner', 'roles', 'capabilities'],
      page.rows.map((one) => [
        one.id,
        one.kind,
        one.name,
        one.status,
        one.owner ?? '',
        one.roles.join(','),
        one.capabilities.join(','),
      ]),
      terminal.columns,
    ),
  );
}

async function showParticipant({ client, terminal }: Context, id: string): Promise<void> {
  const one = id === 'me' ? await client.participant.me() : await client.participant.get({ id });
  terminal.answer(one, () => describeParticipant(one));
}

const describeParticipant = (one: PassportView): string[] => [
  `${one.name}  ${one.id}`,
  ...indent(
    pairs([
      ['kind', one.kind],
      ['status', one.status],
      ['owner', one.owner],
      ['roles', one.roles.join(', ')],
      ['groups', one.groups.join(', ')],
      ['capabilities', one.capabilities.join(', ')],
      ['capacity', String(one.capacity)],
      ['since', moment(one.createdAt)],
    ]),
  ),
];

async function addParticipant(
  { client, terminal }: Context,
  name: string,
  options: ParticipantOptions,
): Promise<void> {
  const { id, kind = 'agent', issueToken } = options;
  const owner = kind === 'human' ? undefined : (options.owner ?? (await client.participant.me()).id);
  const one = await client.participant.register({
    name,
    kind,
    ...changesOf({ ...options, ...(owner !== undefined && { owner }) }),
    ...(id !== undefined && { id }),
  });
  const issued = issueToken ? await client.token.issue({ passport: one.id }) : null;
  terminal.answer({ ...one, ...(issued && { secret: issued.secret }) }, () => [
    ...describeParticipant(one),
    ...(issued ? tokenLines(issued.secret) : [`  give it a token: humanos token issue ${one.id}`]),
  ]);
}

async function updateParticipant(
  { client, terminal }: Context,
  id: string,
  options: ParticipantOptions,
): Promise<void> {
  const { name, status } = options;
  const one = await client.participant.update({
    id,
    ...changesOf(options),
    ...(name !== undefined && { name }),
    ...(status && { status }),
  });
  terminal.answer(one, () => describeParticipant(one));
}

async function capabilities({ client, terminal }: Context): Promise<void> {
  const list = await client.capability.list();
  terminal.answer(list, () =>
    list.rows.length === 0
      ? ['Nobody has a capability yet. Give one: humanos participants add NAME --capability CAPABILITY']
      : table(
          ['capability', 'participants', 'available'],
          list.rows.map(({ id, participants, available }) => [id, String(participants), String(available)]),
          terminal.columns,
        ),
  );
}

function definitionCommands(program: Command, act: Act): void {
  const definitions = program.command('definitions').description('how work is to be done');
  definitions
    .command('list', { isDefault: true })
    .description('list definitions, each in its newest version')
    .addOption(limit())
    .action(act('The definitions could not be listed.', listDefinitions));
  definitions
    .command('show')
    .description('show a definition')
    .argument('<id>', 'id of the definition')
    .addOption(new Option('--version <n>', 'the newest, if left out').argParser(wholeNumber(1, 1e9)))
    .action(act('The definition could not be shown.', showDefinition));
  definitions
    .command('save')
    .description('save a definition as its next version')
    .argument('<file>', 'YAML or JSON')
    .action(act('The definition was not saved.', saveDefinition));
  definitions
    .command('check')
    .description('name everything that is wrong with a definition, without saving it')
    .argument('<file>', 'YAML or JSON')
    .action(act('The definition could not be checked.', checkDefinition));
}

async function listDefinitions(
  { client, terminal }: Context,
  options: { readonly limit: number },
): Promise<void> {
  const page = await client.workflow.listDefinitions({ limit: options.limit });
  terminal.answer(page, () =>
    page.rows.length === 0
      ? ['There are no definitions. Save one: humanos definitions save FILE']
      : table(
          ['definition', 'version', 'name', 'digest'],
          page.rows.map(({ id, version, name, digest }) => [id, String(version), name, digest.slice(0, 12)]),
          terminal.columns,
        ),
  );
}

async function showDefinition(
  { client, terminal }: Context,
  id: string,
  { version }: { readonly version?: number },
): Promise<void> {
  const one = await client.workflow.getDefinition({ id, ...(version !== undefined && { version }) });
  terminal.answer(one, () => [
    `${one.name}  ${one.id}, version ${one.version}`,
    ...indent(
      pairs([
        ['saved', `${moment(one.savedAt)} by ${one.savedBy}`],
        ['digest', one.digest],
      ]),
    ),
    ...document(one.document),
  ]);
}

type Problems = readonly {
  readonly severity: string;
  readonly path: string;
  readonly message: string;
  readonly line?: number | undefined;
}[];
const problemLines = (problems: Problems): string[] =>
  problems.map(({ severity, path, message, line }) =>
    [
      `${severity}:`,
      ...(path === '' ? [] : [`${path}:`]),
      message,
      ...(line === undefined ? [] : [`(line ${line})`]),
    ].join(' '),
  );

async function saveDefinition({ client, terminal }: Context, file: string): Promise<void> {
  const saved = await client.workflow.saveDefinition({ source: await readText(file) });
  terminal.answer(saved, () => [
    ...problemLines(saved.problems),
    `${saved.definition.id}, version ${saved.definition.version}`,
    `  start it: humanos run ${saved.definition.id}`,
  ]);
}

async function checkDefinition({ client, terminal }: Context, file: string): Promise<number> {
  const found = await client.workflow.checkDefinition({ source: await readText(file) });
  terminal.answer(found, () => [
    ...problemLines(found.problems),
    found.ok ? 'It can be saved.' : 'It cannot be saved as it is.',
  ]);
  return found.ok ? EXIT.ok : EXIT.failed;
}

function tokenCommands(program: Command, act: Act): void {
  const token = program.command('token').description('what participants prove themselves with');
  token
    .command('issue')
    .description('issue a token, which is shown this once')
    .argument('<passport>', 'id of the participant')
    .option('--label <text>', 'what it is for')
    .action(act('No token was issued.', issueToken));
  token
    .command('list')
    .description('list tokens, without their secrets')
    .addOption(limit())
    .action(act('The tokens could not be listed.', listTokens));
  token
    .command('revoke')
    .description('make a token worthless')
    .argument('<token>', 'id of the token')
    .action(act('The token was not revoked.', revokeToken));
}

const tokenLines = (secret: string | null): string[] => [
  `  token, shown this once: ${secret ?? '(it has been shown before)'}`,
  '  use it: export HUMANOS_TOKEN=…',
];

async function issueToken(
  { client, terminal }: Context,
  passport: string,
  { label }: { readonly label?: string },
): Promise<void> {
  const issued = await client.token.issue({ passport, ...(label !== undefined && { label }) });
  terminal.answer(issued, () => [`${issued.token.id} for ${passport}`, ...tokenLines(issued.secret)]);
}

async function listTokens({ client, terminal }: Context, options: { readonly limit: number }): Promise<void> {
  const page = await client.token.list({ limit: options.limit });
  terminal.answer(page, () =>
    table(
      ['token', 'passport', 'label', 'issued', 'revoked'],
      page.rows.map((one) => [one.id, one.passport, one.label, moment(one.createdAt), moment(one.revokedAt)]),
      terminal.columns,
    ),
  );
}

async function revokeToken({ client, terminal }: Context, id: string): Promise<void> {
  const record = await client.token.revoke({ id });
  terminal.answer(record, () => [`${id} is worth nothing any more.`]);
}
