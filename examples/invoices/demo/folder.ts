import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileNameOf } from '../agents/file-name.ts';

export class NoInvoices extends Error {}

/**
 * The XML files below a folder, as paths inside it with `/`, in order. A link counts as a file: whether it leads to one is for the
 * reader to find out, and for a person to see. A folder that is called `x.xml` is a folder. Names are as `fileNameOf` tells them.
 * @throws NoInvoices when there is nothing to process
 */
export const invoicesIn = async (folder: string): Promise<string[]> => {
  const root = resolve(folder);
  const found = await stat(root).catch(() => null);
  if (!found) throw new NoInvoices(`There is no folder ${folder}.`);
  if (!found.isDirectory()) throw new NoInvoices(`${folder} is a file, not a folder.`);
  const files = (await filesBelow(Buffer.from(root))).map(fileNameOf).filter((name) => /\.xml$/i.test(name));
  if (files.length === 0) throw new NoInvoices(`There are no invoices (*.xml) in ${folder}.`);
  return files.toSorted();
};

/** Paths inside it with `/`, byte for byte. */
const filesBelow = async (folder: Buffer): Promise<Buffer[]> => {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  const found = entries.map(async (entry) => {
    if (!entry.isDirectory()) return [entry.name];
    const below = await filesBelow(joined(folder, entry.name));
    return below.map((path) => joined(entry.name, path));
  });
  return (await Promise.all(found)).flat();
};

const joined = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, SLASH, name]);
const SLASH = Buffer.from('/');
