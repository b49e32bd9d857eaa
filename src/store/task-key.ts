/**
 * The ways to divide a task's id into its run and its name within the run, likeliest first: an id is `RUN:NAME`, and a run's
 * id may itself hold colons.
 */
export function taskKeys(id: string): [run: string, name: string][] {
  const keys: [string, string][] = [];
  for (let at = id.indexOf(':'); at >= 0; at = id.indexOf(':', at + 1))
    keys.push([id.slice(0, at), id.slice(at + 1)]);
  return keys;
}
