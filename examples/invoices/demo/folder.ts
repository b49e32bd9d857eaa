import { readdir, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';

export class NoInvoices extends Error {}

/** The XML files below a folder, as paths inside it with `/`, in order. @throws NoInvoices when there is nothing to process. */
export const invoicesIn = async (folder: string): Promise<string[]> => {
  const root = resolve(folder);
  const found = await stat(root).catch(() => null);
  if (!found) throw new NoInvoices(`There is no folder ${folder}.`);
  if (!found.isDirectory()) throw new NoInvoices(`${folder} is a file, not a folder.`);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.xml'))
    .map((entry) => relative(root, resolve(entry.parentPath, entry.name)).split(sep).join('/'));
  if (files.length === 0) throw new NoInvoices(`There are no invoices (*.xml) in ${folder}.`);
  return files.toSorted();
};
