import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import type { Clock } from '../../runtime/index.ts';
import { mayCall, type Allowed } from './address.ts';
import { AddressRefused, hostOf, pinnedLookup, type Resolve } from './destination.ts';

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** What came of a request: a status, or no answer and why. */
export type Posted =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly status: null; readonly error: string };

export interface Outside {
  readonly clock: Pick<Clock, 'after'>;
  readonly allowed: Allowed;
  readonly resolve: Resolve;
  /** Milliseconds that a receiver has, from the look-up of its name to the end of its answer. */
  readonly patience: number;
}

const MOST_HEADER_BYTES = 16_384;
const MOST_BODY_BYTES = 65_536;

/**
 * One POST to a receiver that is not trusted.
 *
 * POST-1  The address is checked and then used: it is that of this very connection.
 * POST-2  A redirection is an answer like any other, and is not followed.
 * POST-3  No answer is kept, and no more than a bounded part of it is read.
 * POST-4  It ends whatever the receiver does: with an answer, a fault or the end of the connection. A change of the protocol is an
 *         answer, and the connection ends with it.
 */
export function post(
  { url, headers, body }: Posting,
  outside: Outside,
  signal?: AbortSignal,
): Promise<Posted> {
  const { clock, allowed, resolve, patience } = outside;
  const target = new URL(url);
  const host = hostOf(target);
  if (isIP(host) !== 0 && !mayCall(host, host, allowed)) return Promise.resolve(failed(notPublic(host)));
  return new Promise((settle) => {
    const open = target.protocol === 'https:' ? requestSecure : requestPlain;
    const request = open(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      maxHeaderSize: MOST_HEADER_BYTES,
      lookup: pinnedLookup(allowed, resolve),
      ...(signal && { signal }),
    });
    const cancel = clock.after(patience, () => request.destroy(new Error(`no answer within ${patience} ms`)));
    const end = (posted: Posted): void => {
      cancel();
      request.destroy();
      settle(posted);
    };
    let answer: Posted | null = null;
    request.on('error', (fault) => end(answer ?? failed(fault)));
    const lost = (): void => end(failed(new Error('the connection was closed without an answer')));
    request.once('close', lost);
    request.on('response', (response) => {
      request.off('close', lost);
      const posted = answered(response);
      answer = posted;
      drain(response, () => end(posted));
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      end(answered(response));
    });
    request.end(body);
  });
}

const notPublic = (host: string): AddressRefused => new AddressRefused(`${host} is not public`);

const answered = ({ statusCode = 0, headers }: IncomingMessage): Posted => ({
  status: statusCode,
  retryAfter: headers['retry-after'],
});

const failed = (fault: Error): Posted => {
  const { code } = fault as NodeJS.ErrnoException;
  const words = fault.message === '' ? (code ?? fault.name) : fault.message;
  return { status: null, error: words.slice(0, 300) };
};

/** Lets the receiver finish what it has to say, within bounds. What has been answered counts also if the connection is lost then. */
function drain(response: IncomingMessage, done: () => void): void {
  let size = 0;
  response.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) done();
  });
  response.on('end', done);
  response.on('error', done);
  response.on('close', done);
}
