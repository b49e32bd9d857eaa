import type { OpenServer } from '../../src/main/serve.ts';
import { toHex } from '../../src/ledger/index.ts';
import { sha256 } from '../../src/main/sha256.ts';
import type { InputOf, OperationName, OutputOf } from '../../src/operations/schema/index.ts';
import { PERSON } from './templates.ts';

/** One of each of what an organisation has beside runs. */
export interface Furniture {
  /** The token of somebody without a role that sees more than others do. */
  readonly person: string;
  readonly plan: string;
  readonly delegation: string;
  readonly policy: string;
  readonly webhook: string;
  readonly toolRequest: string;
  /** SHA-256 of its content. */
  readonly artifact: string;
}

const OWNER = 'passport_human_owner';
const COLLEAGUE = 'passport_human_team_1';
const LARGE = 256 * 1024;

/** Through the operations, as people do it. */
export async function furnish(server: OpenServer): Promise<Furniture> {
  const as = (id: string) => actingAs(server, id);
  const owner = as(OWNER);
  const person = as(PERSON);
  const { secret } = await owner('token.issue', { passport: PERSON, label: 'bench' });
  if (secret === null) throw new Error('a token without its secret');
  const plan = await owner('workflow.plan', { goal: 'work on a page', requiredCapabilities: ['work'] });
  const delegation = await as(COLLEAGUE)('delegation.create', { to: PERSON });
  const content = Buffer.alloc(LARGE, 'content ');
  const artifact = toHex(sha256(content.toString()));
  await person('artifact.put', { sha256: artifact, content: content.toString('base64') });
  return {
    person: secret,
    plan: plan.id,
    delegation: delegation.id,
    policy: await policyOf(server),
    webhook: (await owner('webhook.create', { url: NOWHERE, events: ['policy.retired'] })).webhook.id,
    toolRequest: await toolRequestOf(server),
    artifact,
  };
}

/** Nothing is sent to it, since what it asks for does not happen. */
const NOWHERE = 'https://hooks.example.org/humanos';

/** A policy in force, which says nothing of the runs that there are. */
async function policyOf(server: OpenServer): Promise<string> {
  const id = 'large-amounts';
  const policy = { id, on: 'run.start', when: 'input.amount > 1000000', effect: 'deny' };
  const { change } = await actingAs(server, 'passport_human_admin')('policy.propose', { policy });
  await actingAs(server, OWNER)('policy.approve', { id: change.id, digest: change.digest });
  return id;
}

/** Of the person, for one of the tasks in their inbox. */
async function toolRequestOf(server: OpenServer): Promise<string> {
  const person = actingAs(server, PERSON);
  const { rows } = await person('task.list', { mine: true, kind: ['task'] });
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`there is no task for ${PERSON}`);
  await person('task.start', { id });
  const { request } = await person('tool.request', {
    id,
    call: 'one',
    tool: 'refund',
    arguments: { amount: 1 },
  });
  if (request === null) throw new Error('the call of a tool was denied');
  return request;
}

const actingAs =
  ({ operations, runtime }: OpenServer, id: string) =>
  async <Name extends OperationName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> => {
    const passport = runtime.organisation.passport(id);
    if (!passport) throw new Error(`there is no ${id}`);
    const outcome = await operations.call(name, input, passport);
    if (!outcome.ok) throw new Error(`${name}: ${outcome.rejection.message}`);
    return outcome.value;
  };
