import { randomUUID } from 'node:crypto';
import { errorEntry, type ErrorKind, type Rejection } from '../operations/index.ts';

const STATUS: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  unknown: 404,
  gone: 410,
  wrong_method: 405,
  conflict: 409,
  too_large: 413,
  wrong_media_type: 415,
  wrong_host: 421,
  unprocessable: 422,
  at_capacity: 429,
  fault: 500,
  unavailable: 503,
};

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remediation: string;
  readonly instance: string;
  readonly [member: string]: unknown;
}

export const PROBLEM_TYPE = 'application/problem+json';
const pageOfCode = (code: string): string => `/docs/errors/${code}.md`;
export const statusOf = (code: string): number => STATUS[errorEntry(code).kind];

export function problemOf({ code, message, details }: Rejection): Problem {
  const { kind, title, remediation } = errorEntry(code);
  return {
    ...details,
    type: pageOfCode(code),
    title,
    status: STATUS[kind],
    detail: message,
    code,
    remediation,
    instance: `urn:uuid:${randomUUID()}`,
  };
}

/** Seconds after which a request that was refused for the moment may come again. */
const RETRY_AFTER = '1';

export function problemResponse(
  rejection: Rejection,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return respond(problemOf(rejection), headers);
}

export function respond(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  const { status } = problem;
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...((status === 503 || status === 429) && { 'retry-after': RETRY_AFTER }),
      ...headers,
    },
  });
}
