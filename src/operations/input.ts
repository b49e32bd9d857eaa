import { formatPath } from '../definition/index.ts';
import { canonicalProblem } from '../ledger/index.ts';
import type { Passport } from '../routing/index.ts';
import type { Outcome } from '../runtime/index.ts';
import { done, no } from './outcome.ts';
import { grantOf, rolesWith } from './permissions.ts';
import { CATALOGUE, type OperationName, type ParsedOf } from './schema/index.ts';

const MOST_PROBLEMS = 50;
/** Characters of a path, and of what is wrong there. */
const MOST_OF_PROBLEM = 500;

/** OP-1. The input as the operation takes it, from a caller who may call it. */
export function admitInput<Name extends OperationName>(
  name: Name,
  input: unknown,
  caller: Passport,
): Outcome<ParsedOf<Name>> {
  const { permission, input: schema } = CATALOGUE[name];
  if (grantOf(caller, permission) === null) return forbidden(name, caller);
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => ({
      path: brief(formatPath(path.map((part) => (typeof part === 'symbol' ? String(part) : part)))),
      message: brief(message),
    }));
    const list = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
    return no('request_invalid', `The input of ${name} is not right: ${list}`, { problems });
  }
  const unfit = canonicalProblem(parsed.data);
  if (unfit) {
    const message = brief(unfit.message);
    const problems = [{ path: brief(unfit.path.replace(/^\$\.?/, '')), message }];
    return no('request_invalid', `The input of ${name} cannot be recorded: ${message}.`, { problems });
  }
  return done(parsed.data as ParsedOf<Name>);
}

/** Names that were sent are said again, and may be as long as a body. */
const brief = (text: string): string =>
  text.length > MOST_OF_PROBLEM ? `${text.slice(0, MOST_OF_PROBLEM)}…` : text;

const forbidden = (name: OperationName, caller: Passport) => {
  const { permission } = CATALOGUE[name];
  const roles = rolesWith(permission);
  const how = roles.length > 0 ? ` A role that may: ${roles.join(', ')}.` : '';
  return no(
    'forbidden',
    `${caller.name} may not call ${name}, which takes the permission ${permission}.${how}`,
    {
      permission,
      roles,
    },
  );
};
