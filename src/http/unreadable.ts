import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { no } from '../operations/index.ts';
import { SECURITY_HEADERS } from './guard.ts';
import { problemOf, PROBLEM_TYPE, type Problem } from './problem.ts';

/** What the platform calls that which it can make no request of, and the status that says so; anything else is a bad request. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Why there is no request that could be carried out. */
export const unreadable = (why: string, status = 400): Problem => ({
  ...problemOf(no('request_invalid', `The request cannot be read: ${why}.`).rejection),
  status,
});

/**
 * Answers what is no request, and closes the connection, on which nothing can be told apart any more. `response` is the last one on it: in the
 * middle of that nothing else is said.
 */
export function refuseUnreadable(
  { code = '', message }: NodeJS.ErrnoException,
  socket: Duplex,
  response: ServerResponse | undefined,
): void {
  const isMidway = response?.headersSent === true && !response.writableFinished;
  if (!socket.writable || isMidway) return void socket.destroy();
  const { status, headers, body } = lastOn(unreadable(message, STATUS[code]));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () => {
    socket.destroy();
  });
}

/** Nothing here meets an expectation but `100-continue`, which the platform does. */
export function refuseExpectation(response: ServerResponse): void {
  const { status, headers, body } = lastOn(unreadable('it expects what this server does not do', 417));
  response.writeHead(status, headers).end(body);
}

/** The last answer on a connection. */
function lastOn(problem: Problem) {
  const body = JSON.stringify(problem);
  const length = String(Buffer.byteLength(body));
  const about = { 'content-type': PROBLEM_TYPE, 'content-length': length, connection: 'close' };
  return { status: problem.status, headers: { ...SECURITY_HEADERS, ...about }, body };
}
