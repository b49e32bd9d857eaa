import type { Graph } from '../definition/index.ts';
import type { DefinitionRef } from '../engine/index.ts';
import { summaryOf } from '../runtime/index.ts';
import { StoreFault } from '../store/index.ts';
import type { Context } from './context.ts';

/** A fault of the store is none of the definition, unless what is stored of it is damaged. */
export const unreadable = (fault: unknown): undefined => {
  if (fault instanceof StoreFault && fault.code !== 'database_damaged') throw fault;
};

export type GraphReader = (of: DefinitionRef) => Promise<Graph | undefined>;

/** Reads definitions, each once; nothing comes of those that cannot be read. */
export function graphReader(organisation: Pick<Context['runtime']['organisation'], 'graph'>): GraphReader {
  const read = new Map<string, Promise<Graph | undefined>>();
  return (of) => {
    const key = `${of.digest} ${of.id}@${of.version}`;
    const known = read.get(key) ?? organisation.graph(of).catch(unreadable);
    read.set(key, known);
    return known;
  };
}

/** The definitions of runs. Those that cannot be read are left out. */
export async function graphsOf(
  { runtime: { store, organisation } }: Context,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Graph>> {
  const found = new Map<string, Graph>();
  const graphOf = graphReader(organisation);
  for (const row of ids.size > 0 ? await store.runsNamed([...ids]) : []) {
    const { id, definition, definitionVersion: version } = row;
    const graph = await graphOf({ id: definition, version, digest: summaryOf(row).digest });
    if (graph) found.set(id, graph);
  }
  return found;
}
