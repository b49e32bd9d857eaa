import type { Command } from 'commander';
import type { CapabilityView, InputOf, OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { readValue } from '../input.ts';
import { document, indent, listed, pairs } from '../layout.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { EXIT } from '../trouble.ts';

export function capabilityCommands(program: Command, act: Act): void {
  const capabilities = program
    .command('capabilities')
    .description('what can be asked for, and who can do it');
  paged(
    capabilities
      .command('list', { isDefault: true })
      .description('list what participants can do, and how many can'),
  ).action(act('The capabilities could not be listed.', list));
  capabilities
    .command('show')
    .description('show a capability')
    .argument('<capability>')
    .action(act('The capability could not be shown.', show));
  capabilities
    .command('save')
    .description('write the document of a capability')
    .argument('<file>', 'YAML or JSON')
    .action(act('The capability was not saved.', save));
  capabilities
    .command('check')
    .description('name everything that is wrong with the document of a capability, without saving it')
    .argument('<file>', 'YAML or JSON')
    .action(act('The capability could not be checked.', check));
  capabilities
    .command('delete')
    .description('delete the document of a capability that nobody holds')
    .argument('<capability>')
    .action(act('The capability was not deleted.', remove));
}

async function list({ client, terminal }: Context, options: Paged): Promise<void> {
  const page = await client.capability.list(pageOf(options));
  terminal.answer(page, () =>
    listed(
      page,
      'Nobody has a capability yet. Give one: humanos participants add NAME --capability CAPABILITY',
      ['capability', 'participants', 'available', 'consumes', 'produces', 'implies'],
      (one) => [
        one.id,
        String(one.participants),
        String(one.available),
        one.consumes.join(','),
        one.produces.join(','),
        one.implies.join(','),
      ],
      terminal.columns,
    ),
  );
}

async function show({ client, terminal }: Context, id: string): Promise<void> {
  const one = await client.capability.get({ id });
  terminal.answer(one, () => describe(one, one.impliedBy));
}

const describe = (one: CapabilityView, impliedBy: readonly string[] = []): string[] => [
  one.id,
  ...indent(
    pairs([
      ['description', one.description],
      ['consumes', one.consumes.join(', ')],
      ['produces', one.produces.join(', ')],
      ['implies', one.implies.join(', ')],
      ['implied by', impliedBy.join(', ')],
      ['participants', `${one.participants}, ${one.available} of them can do it now`],
      ['revision', one.documented ? String(one.revision) : 'no document'],
    ]),
  ),
  ...(one.input ? ['input', ...indent(document(one.input, 40))] : []),
  ...(one.output ? ['output', ...indent(document(one.output, 40))] : []),
];

type Problems = OutputOf<'capability.check'>['problems'];
const lines = (problems: Problems): string[] =>
  problems.map(({ severity, path, message }) => `${severity}: ${path}: ${message}`);

const readDocument = async ({ terminal }: Context, file: string) =>
  (await readValue(`@${file}`, terminal.input, file)) as InputOf<'capability.save'>;

async function save(context: Context, file: string): Promise<void> {
  const saved = await context.client.capability.save(await readDocument(context, file));
  context.terminal.answer(saved, () => [...lines(saved.problems), ...describe(saved.capability)]);
}

async function check(context: Context, file: string): Promise<number> {
  const found = await context.client.capability.check(await readDocument(context, file));
  context.terminal.answer(found, () => [
    ...lines(found.problems),
    found.ok ? 'It can be saved.' : 'It cannot be saved as it is.',
  ]);
  return found.ok ? EXIT.ok : EXIT.failed;
}

async function remove({ client, terminal }: Context, id: string): Promise<void> {
  const deleted = await client.capability.delete({ id });
  terminal.answer(deleted, () => [`${id} has no document any more.`]);
}
