import { readFile, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { Handler } from 'humanos/worker';
import { factsOf, type InvoiceFacts } from '../analysis/index.ts';
import { readInvoice } from '../en16931/index.ts';

/** Largest file that is read, in bytes. */
const LARGEST = 20 * 1024 * 1024;

/**
 * Reads one invoice of a folder and names the rules of EN 16931 that it breaks. A file that cannot be read breaks `FILE`: it is
 * a fact about the batch that a person has to see, not a failure of the agent.
 */
export const readIn =
  (folder: string): Handler<{ file: string }> =>
  async ({ input: { file } }) => {
    const bytes = await bytesOf(folder, file);
    return bytes ? factsOf(file, readInvoice(bytes)) : unreadable(file);
  };

/** Null unless it is a readable file inside the folder, links followed. */
const bytesOf = async (folder: string, file: string): Promise<Uint8Array | null> => {
  try {
    const root = await realpath(folder);
    const path = await realpath(resolve(root, file));
    if (!path.startsWith(root + sep)) return null;
    const bytes = await readFile(path);
    return bytes.length > LARGEST ? null : bytes;
  } catch {
    return null;
  }
};

const unreadable = (file: string): InvoiceFacts => factsOf(file, { invoice: null, broken: [{ rule: 'FILE' }] });
