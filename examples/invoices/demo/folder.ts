import { readdir, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';

export class NoInvoices extends Error {}

/**
 * The XML files below a folder, as paths inside it with `/`, in order. A link counts as a file: whether it leads to one is for the
 * reader to find out, and for a person to see. A folder that is called `x.xml` is a folder.
 * @throws NoInvoices when there is nothing to process
 */
export const invoicesIn = async (folder: string): Promise<string[]> => {
  const root = resolve(folder);
  const found = await stat(root).catch(() => null);
  if (!found) throw new NoInvoices(`There is no folder ${folder}.`);
  if (!found.isDirectory()) throw new NoInvoices(`${folder} is a file, not a folder.`);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && entry.name.toLowerCase().endsWith('.xml'))
    .map((entry) => relative(root, resolve(entry.parentPath, entry.name)).split(sep).join('/'));
  if (files.length === 0) throw new NoInvoices(`There are no invoices (*.xml) in ${folder}.`);
  return files.toSorted();
};
