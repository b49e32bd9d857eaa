import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isPostgres } from '../../../src/cli/addresses.ts';
import { shownUrl } from '../../../src/main/open-store.ts';

/** Where the job keeps what it does, and the commands that go on from there. */
export interface Place {
  readonly url: string;
  /** What names it on a command line, without a password; nothing where the environment names it. */
  readonly option: string;
  /** What its checkpoint and key are called after. */
  readonly path: string;
}

/** @param isAmbient whether the environment of whoever types the commands names the database */
export const placeOf = async (database: string | undefined, isAmbient: boolean): Promise<Place> => {
  if (database !== undefined && isPostgres(database)) {
    const path = join(await newFolder(), 'ledger');
    return { url: database, option: isAmbient ? '' : ` --database ${postgresWord(database)}`, path };
  }
  const path = (database ?? join(await newFolder(), 'humanos.sqlite')).replace(/^sqlite:/, '');
  await mkdir(dirname(path), { recursive: true });
  return { url: `sqlite:${path}`, option: ` --database ${quoted(path)}`, path };
};

/** With a password in it, it is for the environment to say. */
const postgresWord = (url: string): string =>
  shownUrl(url) === url ? quoted(url) : '"$HUMANOS_DATABASE_URL"';

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'humanos-demo-'));

interface Begun {
  readonly input: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The command with which the same job goes on. */
export const resumption = ({ input, yes, json }: Begun, { option }: Place): string =>
  [
    // What npm says of itself goes to standard output too.
    `npm run${json ? ' --silent' : ''} demo --`,
    input === undefined ? '' : ` --input ${quoted(input)}`,
    yes ? ' --yes' : '',
    json ? ' --json' : '',
    option,
  ]
    .join('')
    .replace(/ --$/, '');

/** The command that verifies the record. */
export const verification = ({ url, option, path }: Place): string => {
  const database = isPostgres(url) ? option : ` --database ${quoted(url)}`;
  return `npm run humanos -- ledger verify${database} --checkpoint ${quoted(`${path}.checkpoint`)} --key ${quoted(`${path}.key`)}`;
};

/** As a shell takes it for one word. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
