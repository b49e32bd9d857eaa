import { extended, isHeldLonger, written } from '../holding.ts';
import type { Change, CommitResult, ConflictCode, DocumentWrite, Lease, Premises, TaskRow } from '../port.ts';
import { copy, copyArtifact, copyBytes } from './state.ts';
import type { State, Stream } from './state.ts';

/** Applies one sound change, copied already, or refuses it and leaves the state as it is. Cannot throw. */
export function applyChange(state: State, change: Change): CommitResult {
  const refusal = refusalOf(state, change);
  if (refusal) return { ok: false, code: refusal };
  const position = state.entries.length;
  writeStream(state, change);
  for (const task of change.tasks ?? []) writeTask(state, task);
  for (const id of change.cancelled ?? []) state.timers.delete(id);
  for (const timer of change.timers ?? []) state.timers.set(timer.id, timer);
  writeMessages(state, change);
  for (const artifact of change.artifacts ?? []) {
    if (!state.artifacts.has(artifact.sha256)) state.artifacts.set(artifact.sha256, artifact);
  }
  if (change.idempotency) state.idempotency.set(change.idempotency.key, change.idempotency);
  for (const document of change.documents ?? []) writeDocument(state, document);
  for (const lease of change.leases ?? []) extendLease(state, lease);
  return { ok: true, position };
}

/** The change as a store keeps it: what the caller does to the original later does not reach it. */
export const copyChange = (change: Change): Change => {
  const { entries, artifacts, ...json } = change;
  return {
    ...copy(json),
    entries: entries.map((entry) => ({ ...entry, hash: copyBytes(entry.hash) })),
    ...(artifacts && { artifacts: artifacts.map(copyArtifact) }),
  };
};

function refusalOf(state: State, change: Change): ConflictCode | null {
  if (change.idempotency && state.idempotency.has(change.idempotency.key)) return 'idempotency_conflict';
  const sequence = state.streams.get(change.stream)?.entries.length ?? 0;
  if (change.expected !== null && change.expected !== sequence) return 'sequence_conflict';
  const stale = (write: DocumentWrite): boolean => revisionOf(state, write) !== write.expected;
  if (change.documents?.some(stale)) return 'document_conflict';
  return change.premises ? brokenOf(state, change, change.premises) : null;
}

function brokenOf(
  state: State,
  { tasks = [] }: Change,
  { messages = [], timers = [], leases = [], holds = [], documents = [] }: Premises,
): ConflictCode | null {
  const isSet = ({ id, due }: { id: string; due: number }): boolean => state.timers.get(id)?.due === due;
  if (!messages.every((id) => state.outbox.has(id)) || !timers.every(isSet)) return 'overtaken';
  if (leases.some((lease) => isHeldLonger(state.tasks.get(lease.task)?.row, lease))) return 'overtaken';
  const later = new Map(tasks.map((row) => [row.id, row]));
  const rows = [
    ...[...state.tasks.values()].map(({ row }) => row).filter(({ id }) => !later.has(id)),
    ...tasks,
  ];
  const held = (participant: string): number =>
    rows.filter(({ assignee, status }) => assignee === participant && status === 'in_progress').length;
  if (holds.some(({ participant, most }) => held(participant) > most)) return 'capacity_conflict';
  return documents.some((one) => revisionOf(state, one) !== one.revision) ? 'outdated' : null;
}

function writeStream(state: State, change: Change): void {
  if (change.entries.length === 0 && !change.run && !change.snapshot && !change.tasks?.length) return;
  const stream = streamOf(state, change.stream);
  for (const entry of change.entries) {
    const stored = { ...entry, stream: change.stream, position: state.entries.length };
    state.entries.push(stored);
    stream.entries.push(stored);
  }
  stream.run = change.run ?? stream.run;
  stream.snapshot = change.snapshot ?? stream.snapshot;
}

function streamOf(state: State, name: string): Stream {
  const known = state.streams.get(name);
  if (known) return known;
  state.lastStream += 1;
  const stream: Stream = {
    number: state.lastStream,
    entries: [],
    tasks: [],
    run: null,
    snapshot: null,
  };
  state.streams.set(name, stream);
  return stream;
}

function writeTask(state: State, row: TaskRow): void {
  const known = state.tasks.get(row.id);
  if (known) {
    known.row = written(known.row, row);
    return;
  }
  state.lastTask += 1;
  const task = { number: state.lastTask, row };
  state.tasks.set(row.id, task);
  streamOf(state, row.run).tasks.push(task);
}

function writeMessages(state: State, change: Change): void {
  for (const id of change.delivered ?? []) state.outbox.delete(id);
  for (const { run, message } of change.outbox ?? []) {
    state.lastMessage += 1;
    state.outbox.set(state.lastMessage, { id: state.lastMessage, run, message });
  }
}

function writeDocument(state: State, { kind, id, expected, body }: DocumentWrite): void {
  const ofKind = state.documents.get(kind) ?? new Map();
  state.documents.set(kind, ofKind);
  if (body) ofKind.set(id, { id, revision: expected + 1, body });
  else ofKind.delete(id);
}

const revisionOf = (state: State, { kind, id }: Pick<DocumentWrite, 'kind' | 'id'>): number =>
  state.documents.get(kind)?.get(id)?.revision ?? 0;

function extendLease(state: State, lease: Lease): void {
  const task = state.tasks.get(lease.task);
  if (task) task.row = extended(task.row, lease);
}
