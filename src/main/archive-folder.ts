import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, createWriteStream, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { ArchiveFile, ArchiveFolder } from '../runtime/index.ts';

const UNFINISHED = '.partial';
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Archives as files of a folder, readable by their owner only.
 *
 * FOLDER-1  A file has its name only once its bytes, and then the name, are on the disk.
 */
export function archiveFolder(path: string): ArchiveFolder {
  const folder = resolve(path);
  return {
    begin: async () => {
      makeFolder(folder);
      await removeAbandoned(folder);
      return beginFile(folder);
    },
  };
}

/** @throws the platform's Error where it is no folder, or none that this user may write to */
export function makeFolder(path: string): void {
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
  accessSync(`${path}${sep}`, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** What a process that was killed has left: nobody writes to one file for so long. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of readdirSync(folder).filter((one) => one.endsWith(UNFINISHED))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
  }
}

function beginFile(folder: string): ArchiveFile {
  const unfinished = join(folder, `.${randomUUID()}${UNFINISHED}`);
  const stream = createWriteStream(unfinished, { mode: 0o600 });
  const fault = new Promise<never>((_, reject) => stream.once('error', reject));
  fault.catch(() => {});
  const digest = createHash('sha256');
  const end = async (): Promise<void> => {
    stream.end();
    await Promise.race([once(stream, 'close'), fault]);
  };
  return {
    write: async (text) => {
      digest.update(text);
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), fault]);
    },
    keep: async (nameOf) => {
      await end();
      await flush(unfinished);
      const sha256 = digest.digest('hex');
      const name = nameOf(sha256);
      const kept = join(folder, name);
      await rename(unfinished, kept);
      await flush(folder);
      return { name, path: kept, sha256 };
    },
    discard: async () => {
      stream.destroy();
      await rm(unfinished, { force: true });
    },
  };
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Files of the folder, whole ones, in the order of their names. */
export const archivesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^ledger-.*\.jsonl$/.test(name))
    .sort()
    .map((name) => join(folder, name));
