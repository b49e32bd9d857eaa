import { Option, type Command } from 'commander';
import type { InputOf, OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, wholeNumber } from '../input.ts';
import { indent, listed, moment, oneLine, pairs, table } from '../layout.ts';
import { paged, pageOf, type Paged } from '../paging.ts';
import { EXIT } from '../trouble.ts';

type Webhook = OutputOf<'webhook.get'>;

export function channelCommands(program: Command, act: Act): void {
  webhookCommands(program, act);
  const deliveries = program
    .command('deliveries')
    .description('what was sent to whom, and what became of it');
  paged(
    deliveries
      .command('list', { isDefault: true })
      .description('list deliveries, the newest events first')
      .option('--channel <id>', 'a webhook, or `mail`')
      .option('--dead', 'those that were given up'),
  ).action(act('The deliveries could not be listed.', listDeliveries));
  deliveries
    .command('again')
    .argument('<delivery>', 'id of the delivery')
    .description('send it once more')
    .action(act('It is not sent again.', redeliver));
  program
    .command('channels')
    .description('how webhooks and mail are doing')
    .action(act<[]>('The channels could not be listed.', listChannels));
  program
    .command('contact')
    .argument('[passport]', 'id of the participant; you, if left out', 'me')
    .description('show or say where somebody is reached')
    .addOption(new Option('--email <address>', 'mails go there').conflicts('none'))
    .option('--none', 'no mail is sent')
    .action(act('Where they are reached could not be told.', contact));
}

function webhookCommands(program: Command, act: Act): void {
  const webhooks = program
    .command('webhooks')
    .description('who is told of what happens, by signed HTTP requests');
  paged(webhooks.command('list', { isDefault: true }).description('list webhooks')).action(
    act('The webhooks could not be listed.', listWebhooks),
  );
  const one = (name: string, summary: string): Command =>
    webhooks.command(name).argument('<webhook>', 'id of the webhook').description(summary);
  one('show', 'show a webhook').action(act('The webhook could not be shown.', showWebhook));
  changes(
    webhooks.command('add').argument('<url>', 'https://…').description('send events there from now on'),
  ).action(act('The webhook was not created.', addWebhook));
  changes(one('update', 'change a webhook'))
    .option('--to <url>', 'another address')
    .action(act('The webhook was not changed.', updateWebhook));
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    one(name, enabled ? 'go on with what happened since it was switched off' : 'send nothing for now').action(
      act('The webhook was not changed.', async ({ client, terminal }, id: string) => {
        const webhook = await client.webhook.update({ id, enabled });
        terminal.answer(webhook, () => describe(webhook));
      }),
    );
  one('delete', 'end it for ever').action(act('The webhook was not deleted.', deleteWebhook));
  one('rotate-secret', 'make a new secret; for a while both sign')
    .addOption(
      new Option('--overlap <seconds>', 'how long the old one signs as well').argParser(
        wholeNumber(0, 604_800),
      ),
    )
    .action(act('The secret was not changed.', rotateSecret));
  one('test', 'send webhook.test once, and show the answer').action(
    act('The webhook was not tried.', testWebhook),
  );
}

interface Options {
  readonly event?: string[];
  readonly description?: string;
  readonly owner?: string;
  readonly definition?: string[];
  readonly run?: string[];
  readonly to?: string;
}

const changes = (command: Command): Command =>
  command
    .option('--event <type>', 'such as run.completed, task.* or *', collect)
    .option('--description <text>', 'what it is for')
    .option('--owner <passport>', 'the human who answers for what is sent; you, if left out')
    .option('--definition <id>', 'only runs of these definitions', collect)
    .option('--run <id>', 'only these runs', collect);

const membersOf = ({ event, description, owner, definition, run }: Options) => ({
  ...(event && { events: event }),
  ...(description !== undefined && { description }),
  ...(owner !== undefined && { owner }),
  ...((definition ?? run) && { filter: { definitions: definition ?? [], runs: run ?? [] } }),
});

const describe = (webhook: Webhook): string[] => [
  `${webhook.url}  ${webhook.id}`,
  ...indent(
    pairs([
      [
        'state',
        webhook.enabled
          ? 'enabled'
          : `switched off${webhook.disabledReason === null ? '' : `: ${webhook.disabledReason}`}`,
      ],
      ['events', webhook.events.join(', ')],
      ['definitions', webhook.filter.definitions.join(', ')],
      ['runs', webhook.filter.runs.join(', ')],
      ['for', webhook.description],
      ['owner', webhook.owner],
      ['since', moment(webhook.createdAt)],
    ]),
  ),
];
const secretLines = (secret: string | null): string[] => [
  `  signing secret, shown this once: ${secret ?? '(it has been shown before)'}`,
];

async function addWebhook({ client, terminal }: Context, url: string, options: Options): Promise<void> {
  const made = await client.webhook.create({ url, events: ['*'], ...membersOf(options) });
  terminal.answer(made, () => [...describe(made.webhook), ...secretLines(made.secret)]);
}

async function updateWebhook({ client, terminal }: Context, id: string, options: Options): Promise<void> {
  const { to: url } = options;
  const webhook = await client.webhook.update({
    id,
    ...membersOf(options),
    ...(url !== undefined && { url }),
  });
  terminal.answer(webhook, () => describe(webhook));
}

async function listWebhooks({ client, terminal }: Context, options: Paged): Promise<void> {
  const page = await client.webhook.list(pageOf(options));
  terminal.answer(page, () =>
    listed(
      page,
      'There are no webhooks. Make one: humanos webhooks add https://… --event run.completed',
      ['webhook', 'url', 'events', 'state'],
      (one) => [one.id, one.url, one.events.join(','), one.enabled ? 'enabled' : 'switched off'],
      terminal.columns,
    ),
  );
}

async function showWebhook({ client, terminal }: Context, id: string): Promise<void> {
  const webhook = await client.webhook.get({ id });
  terminal.answer(webhook, () => describe(webhook));
}

async function deleteWebhook({ client, terminal }: Context, id: string): Promise<void> {
  const webhook = await client.webhook.delete({ id });
  terminal.answer(webhook, () => [`${id} is no more.`]);
}

async function rotateSecret(
  { client, terminal }: Context,
  id: string,
  { overlap }: { readonly overlap?: number },
): Promise<void> {
  const made = await client.webhook.rotateSecret({
    id,
    ...(overlap !== undefined && { overlapSeconds: overlap }),
  });
  terminal.answer(made, () => [`${id} has a new secret.`, ...secretLines(made.secret)]);
}

async function testWebhook({ client, terminal }: Context, id: string): Promise<number> {
  const { status, error } = await client.webhook.test({ id });
  const isTaken = status !== null && status >= 200 && status < 300;
  terminal.answer({ status, error }, () => [
    status === null ? `No answer: ${oneLine(error ?? '')}` : `The receiver answered ${status}.`,
    ...(isTaken
      ? []
      : [`  next: see that it runs and answers with 2xx at its address: humanos webhooks show ${id}`]),
  ]);
  return isTaken ? EXIT.ok : EXIT.failed;
}

async function listDeliveries(
  { client, terminal }: Context,
  { channel, dead, ...options }: Paged & Pick<InputOf<'channel.deliveries'>, 'channel' | 'dead'>,
): Promise<void> {
  const page = await client.channel.deliveries({
    ...pageOf(options),
    ...(channel !== undefined && { channel }),
    ...(dead && { dead }),
  });
  const isFiltered = channel !== undefined || dead === true;
  terminal.answer(page, () =>
    listed(
      page,
      isFiltered ? 'There are no such deliveries.' : 'There are no deliveries.',
      ['delivery', 'event', 'status', 'attempts', 'next', 'error'],
      (one) => [one.id, one.type, one.status, String(one.attempts), moment(one.due), one.error ?? ''],
      terminal.columns,
    ),
  );
}

async function redeliver({ client, terminal }: Context, id: string): Promise<void> {
  const sent = await client.channel.redeliver({ id });
  terminal.answer(sent, () => [`${id} is sent again.`]);
}

async function listChannels({ client, terminal }: Context): Promise<void> {
  const list = await client.channel.list();
  terminal.answer(list, () =>
    table(
      ['channel', 'state', 'delivered', 'waiting', 'dead', 'failing since', 'error'],
      list.rows.map((one) => [
        one.id,
        one.enabled ? 'enabled' : 'switched off',
        String(one.delivered),
        String(one.waiting),
        String(one.dead),
        moment(one.failingSince),
        one.lastError ?? '',
      ]),
      terminal.columns,
    ),
  );
}

async function contact(
  { client, terminal }: Context,
  id: string,
  { email, none }: { readonly email?: string; readonly none?: boolean },
): Promise<void> {
  const isSet = email !== undefined || none === true;
  const one = isSet
    ? await client.contact.set({ id, email: email ?? null })
    : await client.contact.get({ id });
  terminal.answer(one, () => [
    one.email === null ? `${one.participant} gets no mail.` : `${one.participant}'s address is ${one.email}.`,
  ]);
}
