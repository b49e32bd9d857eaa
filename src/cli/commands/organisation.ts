import { Option, type Command } from 'commander';
import type { InputOf } from '../../client/index.ts';
import { parseDefinition } from '../../definition/parse.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { readText, wholeNumber } from '../input.ts';
import { document, indent, listed, moment, more, oneLine, pairs, plain, table } from '../layout.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { EXIT } from '../trouble.ts';
import { calendarCommands } from './calendar.ts';
import { capabilityCommands } from './capabilities.ts';
import { delegationCommands } from './delegations.ts';
import { participantCommands } from './participants.ts';
import { tokenLines } from './passport-text.ts';

export function organisationCommands(program: Command, act: Act): void {
  participantCommands(program, act);
  capabilityCommands(program, act);
  delegationCommands(program, act);
  definitionCommands(program, act);
  tokenCommands(program, act);
  calendarCommands(program, act);
  program
    .command('visibility')
    .description('show or set who sees tasks in which they have no part')
    .addOption(new Option('--unallocated <who>', 'tasks that nobody has').choices(['everyone', 'candidates']))
    .addOption(new Option('--allocated <who>', 'tasks that somebody has').choices(['everyone', 'holder']))
    .action(act('The visibility was not changed.', visibility));
}

async function visibility(
  { client, terminal }: Context,
  { unallocated, allocated }: InputOf<'task.set_visibility'>,
): Promise<void> {
  const said = { ...(unallocated && { unallocated }), ...(allocated && { allocated }) };
  const isSaid = Object.keys(said).length > 0;
  const sight = isSaid ? await client.task.setVisibility(said) : await client.task.visibility();
  terminal.answer(sight, () =>
    pairs([
      ['that nobody has', sight.unallocated],
      ['that somebody has', sight.allocated],
    ]),
  );
}

function definitionCommands(program: Command, act: Act): void {
  const definitions = program.command('definitions').description('how work is to be done');
  paged(
    definitions
      .command('list', { isDefault: true })
      .description('list definitions, each in its newest version'),
  ).action(act('The definitions could not be listed.', listDefinitions));
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

async function listDefinitions({ client, terminal }: Context, options: Paged): Promise<void> {
  const page = await client.workflow.listDefinitions(pageOf(options));
  terminal.answer(page, () =>
    listed(
      page,
      'There are no definitions. Save one: humanos definitions save FILE',
      ['definition', 'version', 'name', 'digest'],
      ({ id, version, name, digest }) => [id, String(version), name, digest.slice(0, 12)],
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
    `${oneLine(one.name)}  ${one.id}, version ${one.version}`,
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
      ...(line === undefined || message.startsWith('Line ') ? [] : [`(line ${line})`]),
    ]
      .map(plain)
      .join(' '),
  );

async function saveDefinition({ client, terminal }: Context, file: string): Promise<void> {
  const source = await readText(file);
  const saved = await client.workflow.saveDefinition({ source });
  terminal.answer(saved, () => [
    ...problemLines(saved.problems),
    `${saved.definition.id}, version ${saved.definition.version}`,
    `  start it: humanos run ${saved.definition.id}${inputOf(source)}`,
  ]);
}

/** What a definition is started with, as far as it has to be. */
function inputOf(source: string): string {
  const read = parseDefinition(source);
  const saved = (read.ok ? read.document : {}) as { input?: { required?: readonly string[] } };
  const members = saved.input?.required?.map((name) => `${JSON.stringify(plain(name))}: …`) ?? [];
  const quoted = members.join(', ').replaceAll("'", String.raw`'\''`);
  return members.length > 0 ? ` --input '{ ${quoted} }'` : '';
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
  paged(token.command('list').description('list tokens, without their secrets')).action(
    act('The tokens could not be listed.', listTokens),
  );
  token
    .command('revoke')
    .description('make a token worthless')
    .argument('<token>', 'id of the token')
    .action(act('The token was not revoked.', revokeToken));
}

async function issueToken(
  { client, terminal }: Context,
  passport: string,
  { label }: { readonly label?: string },
): Promise<void> {
  const issued = await client.token.issue({ passport, ...(label !== undefined && { label }) });
  terminal.answer(issued, () => [`${issued.token.id} for ${passport}`, ...tokenLines(issued.secret)]);
}

async function listTokens({ client, terminal }: Context, options: Paged): Promise<void> {
  const page = await client.token.list(pageOf(options));
  terminal.answer(page, () => [
    ...table(
      ['token', 'passport', 'label', 'issued', 'revoked'],
      page.rows.map((one) => [one.id, one.passport, one.label, moment(one.createdAt), moment(one.revokedAt)]),
      terminal.columns,
    ),
    ...more(page),
  ]);
}

async function revokeToken({ client, terminal }: Context, id: string): Promise<void> {
  const record = await client.token.revoke({ id });
  terminal.answer(record, () => [`${id} is worth nothing any more.`]);
}
