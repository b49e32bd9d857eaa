import { now } from '../clock.ts';

export interface Page {
  readonly name: string;
  /** The path, and where the next page of it is asked for, its query. */
  readonly paths: readonly string[];
  /** Nothing has to be there. */
  readonly mayBeEmpty?: true;
}
export interface Measured {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
}
/** At most so many reads of a page, and no more once it has taken so long; ms. */
export interface Patience {
  readonly reads: number;
  readonly most: number;
}
type Answer = Readonly<Record<string, unknown>>;

/** @throws Error where a page that should have rows has none, on any of its paths */
export async function findRows(url: string, token: string, pages: readonly Page[]): Promise<void> {
  for (const { name, paths, mayBeEmpty } of pages) {
    const answers: Answer[] = [];
    for (const path of paths) answers.push(await read(url, token, path));
    if (!mayBeEmpty && answers.every(isEmpty))
      throw new Error(`${name}: there is nothing at ${paths.join(' ') || 'any path'}`);
  }
}

/** What has lists has nothing in them; what has none is something. */
const isEmpty = (answer: Answer): boolean => {
  const lists = Object.values(answer).filter((value) => Array.isArray(value));
  return lists.length > 0 && lists.every((list) => list.length === 0);
};

/** Reads each page again and again; and, where there is a next one, on from it. */
export async function measurePages(
  url: string,
  token: string,
  pages: readonly Page[],
  patience: Patience,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const page of pages) {
    const times = (await timesOf(url, token, page, patience)).toSorted((a, b) => a - b);
    const of = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
    measured.push({ name: page.name, p50: of(0.5), p99: of(0.99) });
  }
  return measured;
}

async function timesOf(url: string, token: string, { paths }: Page, { reads, most }: Patience) {
  const times: number[] = [];
  const until = now() + most;
  let cursor = '';
  for (let at = 0; at < reads && (at === 0 || now() < until); at += 1) {
    const path = (paths[at % paths.length] as string) + cursor;
    const began = now();
    const { next } = await read(url, token, path);
    times.push(now() - began);
    const goesOn = cursor === '' && paths.length === 1 && typeof next === 'string';
    cursor = goesOn ? `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}` : '';
  }
  return times;
}

async function read(url: string, token: string, path: string): Promise<Answer> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text.startsWith('{') ? (JSON.parse(text) as Answer) : {};
}
