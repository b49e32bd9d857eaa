import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a file that has its name once all of it is there: until then what was there before stays, and after a fault too. What is no
 * plain file, such as a pipe, is written to as it is.
 */
export async function writeWhole(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const before = await stat(path).catch(() => null);
  if (before && !before.isFile()) return pipeline(pieces, createWriteStream(path));
  const target = before ? await realpath(path) : path;
  const unfinished = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  const file = createWriteStream(unfinished, { flags: 'wx', ...(before && { mode: before.mode }) });
  try {
    await pipeline(pieces, file);
    await rename(unfinished, target);
  } catch (fault) {
    // It may be about to be opened, and would come to be after it was removed.
    if (!file.closed) await new Promise<void>((resolve) => void file.once('close', () => resolve()));
    await rm(unfinished, { force: true });
    throw fault;
  }
}
