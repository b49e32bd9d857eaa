import type { Follower, Passport } from '../operations/index.ts';

export interface StreamOptions {
  /** Ends every stream when it aborts. */
  readonly stopping: AbortSignal;
  /** Milliseconds of silence after which a comment shows that the stream is alive. */
  readonly heartbeat: number;
  /** Milliseconds that a reader may leave a piece unread before it is dropped. */
  readonly patience: number;
  /** Who reads, as they are now; null where they may no longer. Asked before every piece. */
  reader(): Promise<Passport | null>;
  /** The reader took nothing for too long. */
  onStall(): void;
  onFault(fault: unknown): void;
  /** Called once, however the stream ends. */
  onEnd(): void;
}

const BATCH = 50;
const ENCODER = new TextEncoder();

/**
 * Events as Server-Sent Events.
 *
 * SSE-1  The next piece is read from the store when the last one has been taken: a slow reader costs one piece of memory.
 * SSE-2  The id of an event is the cursor behind it: who comes back with it misses nothing and gets nothing twice. So a fault ends
 *        the stream as a stop does: the reader goes on from its cursor.
 * SSE-3  Who may no longer read gets nothing more, and who sees less gets no more than that, though the connection was made when
 *        they might.
 */
export function eventStream(follower: Follower, options: StreamOptions): ReadableStream<Uint8Array> {
  const { stopping, heartbeat, patience } = options;
  let ended = false;
  let wake = (): void => {};
  let stall: NodeJS.Timeout | undefined;

  const end = (): void => {
    if (ended) return;
    ended = true;
    clearTimeout(stall);
    stopping.removeEventListener('abort', end);
    follower.close();
    options.onEnd();
    wake();
  };
  /** Resolves with news, at the end, or when it is time for a sign of life. */
  const rest = (): Promise<'news' | 'silence'> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve('silence'), heartbeat);
      wake = () => {
        clearTimeout(timer);
        resolve('news');
      };
      follower.onNews(() => wake());
    });
  const next = async (): Promise<string | null> => {
    while (!ended) {
      const events = await follower.read(BATCH, options.reader);
      if (ended || events === null) return null;
      if (events.length > 0) return events.map(frame).join('');
      if ((await rest()) === 'silence') return ': still here\n\n';
    }
    return null;
  };

  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted) end();
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(ENCODER.encode('retry: 1000\n\n')),
    async pull(controller) {
      clearTimeout(stall);
      try {
        const text = await next();
        if (text === null) {
          end();
          return close(controller);
        }
        controller.enqueue(ENCODER.encode(text));
        stall = setTimeout(() => {
          end();
          options.onStall();
        }, patience);
      } catch (fault) {
        if (!ended) options.onFault(fault);
        end();
        close(controller);
      }
    },
    cancel: end,
  });
}

/** Closing what the reader has cancelled already is no fault. */
const close = (controller: ReadableStreamDefaultController): void => {
  try {
    controller.close();
  } catch (fault) {
    if (!(fault instanceof TypeError)) throw fault;
  }
};

const frame = (event: { readonly cursor: number }): string =>
  `id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`;
