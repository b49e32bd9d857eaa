import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { WorkerTask } from 'humanos/worker';
import { factsOf, type InvoiceFacts } from '../analysis/index.ts';
import { bytesOfFileName } from './file-name.ts';
import { MAX_BYTES, readInvoice, type InvoiceReading } from '../en16931/index.ts';

/**
 * Reads one invoice of a folder and names the rules of EN 16931 that it breaks. A file that cannot be read breaks `FILE`, and one
 * that is too large breaks `SIZE`: these are facts about the batch that a person has to see, not failures of the agent.
 */
export const readIn =
  (folder: string) =>
  async ({
    input: { invoice: file },
  }: Pick<WorkerTask<{ invoice: string }>, 'input'>): Promise<InvoiceFacts> => {
    const found = await bytesOf(folder, file);
    return factsOf(file, found instanceof Uint8Array ? readInvoice(found) : unreadable(found));
  };

type Obstacle = 'FILE' | 'SIZE';
const unreadable = (rule: Obstacle): Pick<InvoiceReading, 'invoice' | 'broken'> => ({
  invoice: null,
  broken: [{ rule, message: '' }],
});

/** Only of a plain file inside the folder, links followed. */
const bytesOf = async (folder: string, file: string): Promise<Uint8Array | Obstacle> => {
  try {
    const root = await realpath(folder, 'buffer');
    const within = root.toString().endsWith(sep) ? root : Buffer.concat([root, Buffer.from(sep)]);
    const path = await realpath(Buffer.concat([within, bytesOfFileName(file)]), 'buffer');
    return path.subarray(0, within.length).equals(within) ? await contentOf(path) : 'FILE';
  } catch {
    return 'FILE';
  }
};

/** Opened without waiting: a pipe would never begin. */
const contentOf = async (path: Buffer): Promise<Uint8Array | Obstacle> => {
  const opened = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await opened.stat();
    if (!found.isFile()) return 'FILE';
    return found.size > MAX_BYTES ? 'SIZE' : await opened.readFile();
  } finally {
    await opened.close();
  }
};
