import type { z } from 'zod';
import { channels } from './channels.ts';
import { decisions } from './decisions.ts';
import { artifact, ledger } from './ledger.ts';
import { organisation } from './organisation.ts';
import { policies } from './policies.ts';
import { tools } from './tools.ts';
import { plans } from './plan.ts';
import type { Permission } from './permissions.ts';
import { ROUTES, type OperationName, type Route } from './routes.ts';
import { routing } from './routing.ts';
import { task } from './task.ts';
import { event, workflow } from './workflow.ts';

/** What an operation takes, gives and asks of its caller. `input` holds the members of path, query and body together. */
export interface Shape {
  readonly summary: string;
  readonly permission: Permission;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
}
const SHAPES = {
  ...workflow,
  ...plans,
  ...event,
  ...task,
  ...decisions,
  ...organisation,
  ...channels,
  ...routing,
  ...ledger,
  ...artifact,
  ...policies,
  ...tools,
} as const satisfies Readonly<Record<OperationName, Shape>>;

export type Operation<Name extends OperationName = OperationName> = { readonly name: Name } & Route &
  (typeof SHAPES)[Name];
export type Catalogue = { readonly [Name in OperationName]: Operation<Name> };

/** Every public operation, once. HTTP, JSON-RPC, the client and the command line are derived from it. */
export const CATALOGUE = Object.fromEntries(
  Object.entries(ROUTES).map(([name, route]) => [name, { name, ...route, ...SHAPES[name as OperationName] }]),
) as unknown as Catalogue;

/** What a caller may give: members with a default are optional. */
export type InputOf<Name extends OperationName> = z.input<(typeof SHAPES)[Name]['input']>;
/** What a handler gets. */
export type ParsedOf<Name extends OperationName> = z.output<(typeof SHAPES)[Name]['input']>;
export type OutputOf<Name extends OperationName> = z.output<(typeof SHAPES)[Name]['output']>;
