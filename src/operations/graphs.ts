import type { Graph } from '../definition/index.ts';
import type { DefinitionRef } from '../engine/index.ts';
import { summaryOf } from '../runtime/index.ts';
import { StoreFault } from '../store/index.ts';
import type { Context } from './context.ts';

/** A fault of the store is none of the definition. */
export const unreadable = (fault: unknown): undefined => {
  if (fault instanceof StoreFault) throw fault;
};

/** The definitions of runs; each is read once. Those that cannot be read are left out. */
export async function graphsOf(
  { runtime: { store, organisation } }: Context,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Graph>> {
  const found = new Map<string, Graph>();
  const read = new Map<string, Promise<Graph | undefined>>();
  const graphOf = (of: DefinitionRef): Promise<Graph | undefined> => {
    const key = `${of.digest} ${of.id}@${of.version}`;
    const known = read.get(key) ?? organisation.graph(of).catch(unreadable);
    read.set(key, known);
    return known;
  };
  for (const row of ids.size > 0 ? await store.runsNamed([...ids]) : []) {
    const { id, definition, definitionVersion: version } = row;
    const graph = await graphOf({ id: definition, version, digest: summaryOf(row).digest });
    if (graph) found.set(id, graph);
  }
  return found;
}
