import { existsSync } from 'node:fs';
import { MAIL } from '../channels/index.ts';
import { isPostgres } from '../cli/addresses.ts';
import { Trouble, type ArchiveOptions, type ArchiveReport, type Environment } from '../cli/index.ts';
import { MAX_DURATION, parseDuration } from '../definition/duration.ts';
import { newId } from '../operations/index.ts';
import { DatabaseClock, Runtime, systemClock } from '../runtime/index.ts';
import { StoreFault } from '../store/index.ts';
import { archiveFolder } from './archive-folder.ts';
import { ledgerKey } from './ledger-key.ts';
import { openStore, sqlitePath } from './open-store.ts';
import { sha256 } from './sha256.ts';

/** Milliseconds of `90d`, `8h` and the like. `what`: said where it is none. */
export function ageOf(text: string, what: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms <= MAX_DURATION) return ms;
  throw new Trouble({
    what,
    why: `${text} is no age.`,
    next: 'Give days or hours, such as 90d or 36h.',
    code: 'age_invalid',
    exit: 2,
  });
}

/** Archives what ended so long ago: as a node of its own where others work on the database, else alone. */
export async function archiveDatabase(options: ArchiveOptions, env: Environment): Promise<ArchiveReport> {
  const age = ageOf(options.olderThan, 'Nothing was archived.');
  requireFile(options.databaseUrl);
  const shared = isPostgres(options.databaseUrl);
  const store = await openStore(options.databaseUrl).catch(explain);
  const closing: (() => unknown)[] = [() => store.close()];
  try {
    const clock = shared ? await DatabaseClock.start(systemClock, () => store.now()) : systemClock;
    if (clock instanceof DatabaseClock) closing.push(() => clock.stop());
    const { signer } = await ledgerKey(store);
    const onFault = (fault: unknown): void => options.onFault(fault);
    const runtime = new Runtime({ store, clock, sha256, signer, newId, onFault, shared, background: false });
    closing.push(() => runtime.stop());
    await runtime.start();
    const before = clock.now() - age;
    const { signal } = options;
    const channels = env['HUMANOS_SMTP_URL'] ? [MAIL] : [];
    const result = await runtime.archiver.archive(archiveFolder(options.folder), before, {
      signal,
      channels,
    });
    return { ...result, before };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Opening it would make a new database of a name that is mistyped. */
function requireFile(databaseUrl: string): void {
  const path = sqlitePath(databaseUrl);
  if (path === null || existsSync(path)) return;
  throw new Trouble({
    what: 'Nothing was archived.',
    why: `The database ${path} cannot be opened: there is no such file.`,
    next: 'Name the database that the server works on (--database, or HUMANOS_DATABASE_URL).',
    code: 'database_unavailable',
  });
}

const explain = (fault: unknown): never => {
  if (!(fault instanceof StoreFault) || fault.code !== 'database_in_use') throw fault;
  throw new Trouble({
    what: 'Nothing was archived.',
    why: fault.message,
    next: 'Let its server do it (humanos serve --archive-older-than 90d --archive-to FOLDER), or stop the server first.',
    code: fault.code,
    cause: fault,
  });
};
