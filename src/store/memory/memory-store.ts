import { isTaskFinal } from '../../engine/lifecycle.ts';
import { applyChained } from '../chained.ts';
import { requireSound } from '../change.ts';
import { storeClosed } from '../fault.ts';
import type * as port from '../port.ts';
import { applyChange, copyChange } from './apply.ts';
import { BY_ID, listEnded, listRuns, listTasks, pageFrom } from './lists.ts';
import { removeRuns } from './remove.ts';
import { compareText, copy, copyArtifact, copyBytes, copyEntry, emptyState } from './state.ts';
import type { State } from './state.ts';

/** A store that lives as long as the process: for tests, simulations and trying things out. STORE-3 does not hold for it. */
export const memoryStore = (): port.Store => new MemoryStore();

class MemoryStore implements port.Store {
  #state: State | null = emptyState();

  get #live(): State {
    if (!this.#state) throw storeClosed();
    return this.#state;
  }

  async commit(changes: readonly port.Change[]): Promise<readonly port.CommitResult[]> {
    const state = this.#live;
    changes.forEach(requireSound);
    const copies = changes.map(copyChange);
    return applyChained(copies, (change) => applyChange(state, change));
  }

  async loadRun(run: string): Promise<port.StoredRun | null> {
    const stream = this.#live.streams.get(run);
    if (!stream) return null;
    const after = stream.snapshot?.sequence ?? 0;
    const entries = stream.entries
      .slice(after)
      .map(({ sequence, text, hash }) => ({ sequence, text, hash: copyBytes(hash) }));
    return { snapshot: copy(stream.snapshot), entries };
  }

  async run(run: string): Promise<port.RunRow | null> {
    return copy(this.#live.streams.get(run)?.run ?? null);
  }

  async runsNamed(ids: readonly string[]): Promise<readonly port.RunRow[]> {
    return [...new Set(ids)].flatMap((id) => copy(this.#live.streams.get(id)?.run ?? []));
  }

  async runs(filter: port.RunFilter, page: port.PageRequest): Promise<port.StoredPage<port.RunRow>> {
    return listRuns(this.#live, filter, page);
  }

  async runCounts(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const { run } of this.#live.streams.values()) {
      if (run) counts[run.status] = (counts[run.status] ?? 0) + 1;
    }
    return counts;
  }

  async endedRuns(page: port.PageRequest): Promise<port.StoredPage<port.RunRow>> {
    return listEnded(this.#live, page);
  }

  async removeRuns(runs: readonly string[]): Promise<number> {
    return removeRuns(this.#live, runs);
  }

  async task(id: string): Promise<port.TaskRow | null> {
    return copy(this.#live.tasks.get(id)?.row ?? null);
  }

  async tasksNamed(ids: readonly string[]): Promise<readonly port.TaskRow[]> {
    return [...new Set(ids)].flatMap((id) => {
      const known = this.#live.tasks.get(id);
      return known ? [copy(known.row)] : [];
    });
  }

  async peopleTaskCount(): Promise<number> {
    let count = 0;
    for (const { row } of this.#live.tasks.values())
      if (row.by === 'human' && !isTaskFinal(row.status)) count += 1;
    return count;
  }

  async tasks(filter: port.TaskFilter, page: port.PageRequest): Promise<port.StoredPage<port.TaskRow>> {
    return listTasks(this.#live, filter, page);
  }

  async entries(filter: port.EntryFilter, limit: number): Promise<readonly port.StoredEntry[]> {
    const all =
      'stream' in filter ? (this.#live.streams.get(filter.stream)?.entries ?? []) : this.#live.entries;
    const from = Math.max(0, 'stream' in filter ? filter.after : filter.position + 1);
    const found: port.StoredEntry[] = [];
    for (let at = from; at < all.length && found.length < limit; at += 1) {
      const entry = all[at];
      if (entry) found.push(copyEntry(entry));
    }
    return found;
  }

  async lastEntry(stream: string): Promise<{ readonly sequence: number; readonly hash: Uint8Array } | null> {
    const last = this.#live.streams.get(stream)?.entries.at(-1);
    return last ? { sequence: last.sequence, hash: copyBytes(last.hash) } : null;
  }

  async entryCount(): Promise<number> {
    return this.#live.entries.length;
  }

  async timers(until: number, limit: number): Promise<readonly port.Timer[]> {
    const due = [...this.#live.timers.values()].filter((timer) => timer.due <= until);
    return copy(due.toSorted((a, b) => a.due - b.due || compareText(a.id, b.id)).slice(0, limit));
  }

  async nextTimer(): Promise<number | null> {
    let next: number | null = null;
    for (const { due } of this.#live.timers.values()) next = Math.min(due, next ?? due);
    return next;
  }

  async outbox(after: number, limit: number): Promise<readonly port.OutboxMessage[]> {
    return copy([...this.#live.outbox.values()].filter(({ id }) => id > after).slice(0, limit));
  }

  async artifact(sha256: string): Promise<port.Artifact | null> {
    const artifact = this.#live.artifacts.get(sha256);
    return artifact ? copyArtifact(artifact) : null;
  }

  async putArtifact(artifact: port.Artifact): Promise<void> {
    if (!this.#live.artifacts.has(artifact.sha256))
      this.#live.artifacts.set(artifact.sha256, copyArtifact(artifact));
  }

  async idempotent(key: string): Promise<port.IdempotencyRecord | null> {
    return copy(this.#live.idempotency.get(key) ?? null);
  }

  async forgetIdempotency(before: number, limit: number): Promise<number> {
    const { idempotency } = this.#live;
    const old = [...idempotency.values()].filter(({ at }) => at < before).toSorted((a, b) => a.at - b.at);
    const oldest = old.slice(0, limit);
    for (const { key } of oldest) idempotency.delete(key);
    return oldest.length;
  }

  async document(kind: port.DocumentKind, id: string): Promise<port.StoredDocument | null> {
    return copy(this.#live.documents.get(kind)?.get(id) ?? null);
  }

  async documents(
    kind: port.DocumentKind,
    page: port.PageRequest,
  ): Promise<port.StoredPage<port.StoredDocument>> {
    const rows = [...(this.#live.documents.get(kind)?.values() ?? [])].map((row, number) => ({
      row,
      number,
    }));
    return pageFrom(rows, page, BY_ID, ({ row }) => [row.id]);
  }

  async tile(level: number, index: number): Promise<Uint8Array | null> {
    const hashes = this.#live.tiles.get(`${level}/${index}`);
    return hashes ? copyBytes(hashes) : null;
  }

  async treeSize(): Promise<number> {
    return this.#live.treeSize;
  }

  async growTree(from: number, size: number, tiles: readonly port.Tile[]): Promise<boolean> {
    const state = this.#live;
    if (state.treeSize !== from) return false;
    state.treeSize = size;
    for (const { level, index, hashes } of tiles) state.tiles.set(`${level}/${index}`, copyBytes(hashes));
    return true;
  }

  async checkpoint(size?: number): Promise<port.StoredCheckpoint | null> {
    const { checkpoints } = this.#live;
    return copy(checkpoints.get(size ?? Math.max(...checkpoints.keys())) ?? null);
  }

  async putCheckpoint(checkpoint: port.StoredCheckpoint): Promise<void> {
    this.#live.checkpoints.set(checkpoint.size, copy(checkpoint));
  }

  async checkpoints(after: number, limit: number): Promise<readonly port.StoredCheckpoint[]> {
    const all = [...this.#live.checkpoints.values()].filter(({ size }) => size > after);
    return copy(all.toSorted((a, b) => a.size - b.size).slice(0, limit));
  }

  async now(): Promise<number> {
    return Date.now();
  }

  /** Nobody else can write to it. */
  watch(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#state = null;
  }
}
