import type { Command } from 'commander';
import type { OutputOf } from '../../client/index.ts';
import type { Act } from '../act.ts';
import type { Context } from '../context.ts';
import { collect, readDocument } from '../input.ts';
import { pairs } from '../layout.ts';
import { misuse } from '../trouble.ts';
import { DAY_NAMES, weeklyText } from './passport-text.ts';

type Hours = OutputOf<'organisation.get_calendar'>;
type Weekly = Hours['weekly'][number];

/** When the organisation works. */
export function calendarCommands(program: Command, act: Act): void {
  const calendar = program
    .command('calendar')
    .description('when the organisation works: what working hours in deadlines are counted by');
  calendar
    .command('show', { isDefault: true })
    .description('show it')
    .action(act('The calendar could not be shown.', show));
  calendar
    .command('set')
    .description('set it, whole from a file or in parts; what is due already stays due when it was')
    .argument('[file]', 'YAML or JSON with zone, weekly and holidays')
    .option('--zone <name>', 'time zone, such as Europe/Berlin')
    .option('--hours <text>', 'such as "mon-thu 09:00-17:00"; may be repeated, all of the week', each)
    .option('--holiday <date>', 'a day off, such as 2027-12-24; may be repeated, is added', collect)
    .option('--no-holidays', 'none of the days off that were set')
    .action(act('The calendar was not changed.', set));
}

const each = (text: string, before: readonly string[] = []): string[] => [...before, text];

async function show(...[{ client, terminal }]: [Context, ...unknown[]]): Promise<void> {
  const hours = await client.organisation.getCalendar();
  terminal.answer(hours, () => describe(hours));
}

interface Options {
  readonly zone?: string;
  readonly hours?: readonly string[];
  readonly holiday?: readonly string[];
  readonly holidays?: boolean;
}

async function set({ client, terminal }: Context, file: string | undefined, options: Options): Promise<void> {
  const { zone, hours, holiday = [], holidays = true } = options;
  const before =
    file === undefined
      ? await client.organisation.getCalendar()
      : ((await readDocument(file)) as unknown as Hours);
  const now = await client.organisation.setCalendar({
    ...before,
    ...(zone !== undefined && { zone }),
    ...(hours && { weekly: hours.map(weeklyOf) }),
    holidays: [...new Set([...(holidays ? (before.holidays ?? []) : []), ...holiday])].toSorted(),
  });
  terminal.answer(now, () => describe(now));
}

const describe = ({ zone, weekly, holidays }: Hours): string[] =>
  pairs([
    ['zone', zone],
    ['hours', weeklyText(weekly)],
    ['days off', holidays.join(', ')],
  ]);

const SHIFT = /^([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)$/;

/** `mon-fri 09:00-17:00`, `sat 10:00-12:00`. */
function weeklyOf(text: string): Weekly {
  const [, first = '', last = first, from = '', to = ''] = SHIFT.exec(text.trim().toLowerCase()) ?? [];
  const [begin, end] = [first, last].map((day) => DAY_NAMES.findIndex((name) => name.toLowerCase() === day));
  if (begin === undefined || end === undefined || begin < 1 || end < 1)
    throw misuse(
      `"${text}" is not understood.`,
      'Days and times are expected.',
      'Write it as "mon-fri 09:00-17:00".',
    );
  const count = ((end - begin + 7) % 7) + 1;
  return { days: Array.from({ length: count }, (_, at) => ((begin - 1 + at) % 7) + 1), from, to };
}
