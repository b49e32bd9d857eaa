/** What an id of a definition, phase or step may look like: a letter, then letters, digits, `_` and `-`, 64 at most. */
export const ID_PATTERN = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;

/** Names that every JavaScript object has by itself; as ids they would make look-ups in plain objects lie. */
export const isReservedName = (name: string): boolean => name in Object.prototype;

/** The candidate that `name` was most likely meant to be, or null where none is near. */
function nearestName(name: string, candidates: Iterable<string>): string | null {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate.length > 64 || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` Did you mean 'x'?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = name.length > 64 ? null : nearestName(name, candidates);
  return nearest === null ? '' : ` Did you mean '${nearest}'?`;
}

/** `'a', 'b' and 3 more`; `nothing` for an empty list. */
export function listNames(names: readonly string[], most = 8): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, most).map((name) => `'${shorten(name, 64)}'`);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}

/** What a sentence on what does not come before something ends with. */
export const whatComesBefore = (names: readonly string[]): string =>
  names.length === 0
    ? 'Nothing comes before it.'
    : `Before it ${names.length === 1 ? 'comes' : 'come'} ${listNames(names)}.`;

/** Cut between characters: messages are written down, which half of one cannot be. */
export const shorten = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;

/** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(next[column - 1]! + 1, current[column]! + 1, current[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, previous[column - 2]! + 1);
      }
      next.push(cost);
    }
    [previous, current] = [current, next];
  }
  return current[b.length]!;
}
