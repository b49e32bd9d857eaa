/** One event of a stream of Server-Sent Events. */
export interface Frame {
  readonly id: string | null;
  readonly data: string;
}

/** The frames of a stream until it ends or is given up; `onBytes` is told of every sign of life, comments included. */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onBytes: () => void,
): AsyncGenerator<Frame, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  const leave = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) yield frameOf(block);
    }
  } finally {
    signal.removeEventListener('abort', leave);
    await reader.cancel().catch(() => {});
  }
}

function frameOf(block: string): Frame {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('id:')) id = line.slice(3).trim();
    else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
  return { id, data: data.join('\n') };
}
