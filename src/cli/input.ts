import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { extname } from 'node:path';
import type { InputOf } from '../client/index.ts';
import { parseValue } from '../definition/parse.ts';
import { misuse, Trouble } from './trouble.ts';

type JsonObject = NonNullable<InputOf<'policy.propose'>['policy']>;

const STDIN = 'standard input';

/** `@FILE` (JSON, or YAML by its name), `-` for standard input, or JSON as it stands. */
export async function readValue(given: string, input: NodeJS.ReadStream, what: string): Promise<unknown> {
  if (given === '-') return parseText(await readAll(input, STDIN), STDIN, 'json');
  if (!given.startsWith('@')) return parseText(given, what, 'json');
  const path = given.slice(1);
  if (path === '')
    throw misuse(`${what} names no file.`, '@ stands before the path of a file.', 'Give it as @FILE.');
  return parseText(await readText(path), path, isYaml(path) ? 'yaml' : 'json');
}

/** What a file holds: one object, as YAML or JSON. */
export async function readDocument(path: string): Promise<JsonObject> {
  const value = parseText(await readText(path), path, 'yaml');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw misuse(`${path} holds no object.`, 'Names and values are expected.', 'Correct the file.');
}

const isYaml = (path: string): boolean => ['.yaml', '.yml'].includes(extname(path).toLowerCase());

export const isFileName = (text: string): boolean => isYaml(text) || extname(text).toLowerCase() === '.json';

/** Whether there is something to read, which a folder is not; a pipe is. */
export function isThere(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** @throws with the path, which what goes wrong after the opening does not name by itself */
export const readBytes = (path: string): Promise<Buffer> =>
  readFile(path).catch((fault: Error) => {
    throw Object.assign(fault, { path });
  });

export async function readText(path: string): Promise<string> {
  return decoded(await readBytes(path), path);
}

function decoded(bytes: Buffer, from: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const why = 'It is not UTF-8 text.';
    throw new Trouble({
      what: `${from} could not be read.`,
      why,
      next: 'Save it as UTF-8.',
      code: 'file_unreadable',
      cause,
    });
  }
}

function parseText(text: string, from: string, syntax: 'json' | 'yaml'): unknown {
  const read = parseValue(text, syntax);
  if (read.ok) return read.document;
  throw misuse(
    `${from} cannot be read as ${syntax.toUpperCase()}.`,
    read.problems[0]?.message ?? '',
    'Give JSON, `@FILE` for a file, or `-` for standard input.',
  );
}

async function readAll(input: NodeJS.ReadStream, from: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array));
  return decoded(Buffer.concat(chunks), from);
}

/** What `read` gives; what it refuses is told with what the value was given to. */
export function named<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    throw misuse(`${name}: ${error.message}`, error.why, error.next);
  }
}

/** A whole number within bounds, for commander. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw misuse(
      `${text} is not possible here.`,
      `It has to be a whole number from ${least} to ${most}.`,
      'Correct it.',
    );
  };

/**
 * Nothing, as of a variable of the shell that is not set, names something all the same where it is taken for a name: the folder that one
 * happens to be in, every address of the machine, oneself in place of whom one acts for.
 */
export const notEmpty =
  (what: string) =>
  (text: string): string => {
    if (text !== '') return text;
    throw misuse(`No ${what} is named.`, 'The value is empty.', `Name the ${what}.`);
  };

/** For options that may be given more than once, or with commas. */
export const collect = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])),
];

/** As `collect`, of names of hosts: as the URL of a request has them, for nothing else ever fits one. */
export const collectHosts = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...collect(text).map(hostName),
];

/** Addresses of IPv6 may come without their brackets. */
function hostName(text: string): string {
  const written = `http://${isIPv6(text) ? `[${text}]` : text}`;
  const { hostname, href } = URL.canParse(written) ? new URL(written) : { hostname: '', href: '' };
  if (href === `http://${hostname}/` && /^(?:[\w.-]+|\[.+\])$/.test(hostname)) return hostname;
  throw misuse(
    `${text} is no name of a host.`,
    'A name or an address is expected, without http://, a port, a path or *.',
    'Write it as humanos.example.com.',
  );
}

/** As `collect`, of these words alone. */
export const collectOf =
  (words: readonly string[]) =>
  (text: string, before?: readonly string[]): string[] => {
    const strange = collect(text).find((word) => !words.includes(word));
    if (strange === undefined) return collect(text, before);
    throw misuse(
      `${strange} is not possible here.`,
      `It has to be one of ${words.join(', ')}.`,
      'Correct it.',
    );
  };

/** Why somebody does something. */
export const REASON = ['-r, --reason <text>', 'why; it goes into the record'] as const;
export interface Reasoned {
  readonly reason?: string | undefined;
}
export const reasonOf = ({ reason }: Reasoned) => (reason === undefined ? {} : { reason });

/** Of a task, and not of a run. */
export const isTaskId = (id: string): boolean => id.includes(':');

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const DAY_TIME = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
/**
 * As ISO 8601 has it, on a day that the calendar has; `Date.parse` finds a time in almost anything, and takes a date alone, and that
 * alone, for one in UTC. Where no zone is said it is that of whoever writes.
 */
function dateOf(text: string): number {
  const [, day, time] = DAY_TIME.exec(text) ?? [];
  if (day === undefined) return Number.NaN;
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isFinite(date.getTime()) && date.toISOString().startsWith(day)
    ? Date.parse(time === undefined ? `${day}T00:00` : text)
    : Number.NaN;
}

/** A moment: a date and time as ISO 8601 has it, or from now on `30m`, `8h`, `2d`, `1w`. ms since the epoch. */
export function momentOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const at = unit === '' ? dateOf(text) : Date.now() + Number(count) * (UNITS[unit] ?? 0);
  if (Number.isFinite(at)) return at;
  throw misuse(`${text} is no time.`, 'It has to be such as 2027-01-31T09:00:00Z or 8h.', 'Correct it.');
}

/** `250 EUR`, with or without the space. */
export function moneyOf(text: string): { amount: number; currency: string } {
  const [, amount, currency] = /^(\d+(?:\.\d+)?)\s*([A-Z]{3})$/.exec(text.trim()) ?? [];
  if (amount !== undefined && currency !== undefined) return { amount: Number(amount), currency };
  throw misuse(`${text} is no amount of money.`, 'It has to be such as "250 EUR".', 'Correct it.');
}

/** A number from 0 to 1. */
export function fraction(text: string): number {
  const number = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw misuse(`${text} is not possible here.`, 'It has to be a number from 0 to 1.', 'Correct it.');
}
