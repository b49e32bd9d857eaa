/** What a worker tells of itself. */
export type WorkerEvent =
  | { readonly type: 'started'; readonly worker: string; readonly capabilities: readonly string[] }
  | { readonly type: 'claimed'; readonly task: string; readonly run: string; readonly step: string }
  | { readonly type: 'completed'; readonly task: string; readonly ms: number }
  | {
      readonly type: 'failed';
      readonly task: string;
      readonly code: string;
      readonly message: string;
      readonly error?: unknown;
    }
  | { readonly type: 'released'; readonly task: string; readonly reason: string }
  /** The result does not fit what the step declares. */
  | { readonly type: 'invalid'; readonly task: string; readonly message: string }
  /** The task is no longer this worker's while it works on it. */
  | { readonly type: 'lost'; readonly task: string; readonly loss: string; readonly message: string }
  /** An answer that came too late, and was dropped. */
  | { readonly type: 'late'; readonly task: string; readonly answer: string; readonly code: string }
  /** The server refused something that concerns this task only. */
  | { readonly type: 'refused'; readonly task: string; readonly code: string; readonly message: string }
  | { readonly type: 'disconnected'; readonly message: string }
  | { readonly type: 'reconnected' }
  /** The server knows this worker's participant as one who may not get what it waits for. */
  | { readonly type: 'unqualified'; readonly message: string }
  | { readonly type: 'capacity'; readonly message: string }
  | { readonly type: 'stopping'; readonly held: number; readonly graceSeconds: number }
  | { readonly type: 'stopped' }
  | {
      readonly type: 'rejected';
      readonly code: string;
      readonly message: string;
      readonly remediation: string | null;
    };

/** One line for people. */
export function describeEvent(event: WorkerEvent): string {
  switch (event.type) {
    case 'started':
      return `${event.worker} waits for work: ${event.capabilities.join(', ') || 'whatever comes to its passport'}`;
    case 'claimed':
      return `${event.task} claimed`;
    case 'completed':
      return `${event.task} completed in ${(event.ms / 1000).toFixed(1)} s`;
    case 'failed':
      return `${event.task} failed: ${event.code}: ${event.message}`;
    case 'released':
      return `${event.task} given back: ${event.reason}`;
    case 'invalid':
      return `${event.task}: the result was refused: ${event.message}`;
    case 'lost':
      return `${event.task} lost: ${event.message}`;
    case 'late':
      return `${event.task}: the ${event.answer} came too late and was dropped (${event.code})`;
    case 'refused':
      return `${event.task}: ${event.code}: ${event.message}`;
    case 'disconnected':
      return `no connection: ${event.message}; trying again`;
    case 'reconnected':
      return 'connected again';
    case 'unqualified':
    case 'capacity':
      return event.message;
    case 'stopping':
      return `stopping: ${event.held} in hand, ${event.graceSeconds} s to finish`;
    case 'stopped':
      return 'stopped';
    case 'rejected':
      return `stopped, as the server refuses: ${event.message}${event.remediation ? ` ${event.remediation}` : ''} (${event.code})`;
  }
}
