import { createClient, type Client, type OutputOf } from 'humanos/client';
import { worker, type Worker } from 'humanos/worker';
import type { OpenServer } from '../../../src/main/serve.ts';
import { compare } from '../agents/compare.ts';
import { readIn } from '../agents/read.ts';
import { summarise } from '../agents/summarise.ts';

/** Who takes part. The agents belong to the operations lead; the manager who approves has no part in the work. */
const ADMINISTRATOR = 'passport_human_admin';
const PEOPLE = [
  { id: 'passport_human_lead', name: 'Operations lead', roles: ['operator'] },
  {
    id: 'passport_human_clerk',
    name: 'Accounts payable clerk',
    roles: ['accounts-payable'],
    capabilities: ['exception_clarification'],
  },
  { id: 'passport_human_manager', name: 'Finance manager', roles: ['finance-manager', 'operator'] },
] as const;
const AGENTS = [
  { id: 'passport_agent_reader', name: 'Invoice reader', capability: 'invoice_processing', concurrency: 4 },
  {
    id: 'passport_agent_comparer',
    name: 'Duplicate finder',
    capability: 'duplicate_detection',
    concurrency: 1,
  },
  {
    id: 'passport_agent_analyst',
    name: 'Financial analyst',
    capability: 'financial_analysis',
    concurrency: 1,
  },
] as const;

/** The name of a participant, or its id where it has none here. */
export const nameOf = (id: string): string =>
  [...PEOPLE, ...AGENTS].find((participant) => participant.id === id)?.name ?? id;

export interface Cast {
  readonly lead: Client;
  readonly clerk: Client;
  readonly manager: Client;
  readonly administrator: Client;
  /** Sets the agents to work, over HTTP, on the invoices of this folder. */
  employ(folder: string): Promise<readonly Worker[]>;
}

/** Registers those who are not there yet, and gives each a new token. */
export const assemble = async (server: OpenServer): Promise<Cast> => {
  const tokens = await registerAll(server);
  const as = (id: string): Client => createClient({ url: server.url, token: tokens.get(id) });
  const [lead, clerk, manager] = PEOPLE.map(({ id }) => as(id)) as [Client, Client, Client];
  return {
    lead,
    clerk,
    manager,
    administrator: as(ADMINISTRATOR),
    employ: async (folder) => {
      for (const { id } of AGENTS) await giveBack(as(id), id);
      return startAgents(folder, server.url, tokens);
    },
  };
};

const startAgents = (folder: string, url: string, tokens: ReadonlyMap<string, string>): Worker[] => {
  const handlers = {
    invoice_processing: readIn(folder),
    duplicate_detection: compare,
    financial_analysis: summarise,
  };
  const log = (): void => {};
  return AGENTS.map(({ id, name, capability, concurrency }) =>
    worker(
      { name, capabilities: [capability], concurrency, url, token: tokens.get(id), signals: false, log },
      handlers[capability] as never,
    ),
  );
};

/** What an agent held when an earlier process of this job ended is free at once, and not only when its lease ends. */
const giveBack = async (agent: Client, id: string): Promise<void> => {
  const { rows } = await agent.task.list({ assignee: id, open: true });
  for (const task of rows)
    await agent.task.release({ id: task.id, token: task.token, reason: 'its agent was restarted' });
};

const LABEL = 'demo';
type Used = 'participant.register' | 'token.issue' | 'token.list' | 'token.revoke';
type Ask = <Name extends Used>(name: Name, input: object) => Promise<OutputOf<Name>>;

/** The tokens of an earlier start are of use to nobody any more. */
const withdraw = async (ask: Ask): Promise<void> => {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await ask('token.list', { limit: 1000, ...(cursor && { cursor }) });
    for (const { id, label, revokedAt } of page.rows)
      if (label === LABEL && revokedAt === null) await ask('token.revoke', { id });
    cursor = page.next;
  }
};

/** Done in the server's own process, as its administrator, so that nobody has to keep the first token. */
const registerAll = async ({ runtime, operations }: OpenServer): Promise<Map<string, string>> => {
  const administrator = runtime.organisation.passport(ADMINISTRATOR);
  if (!administrator) throw new Error('the database has no administrator');
  const ask = async <Name extends Used>(name: Name, input: object): Promise<OutputOf<Name>> => {
    const answer = await operations.call(name, input, administrator);
    if (!answer.ok) throw new Error(answer.rejection.message);
    return answer.value;
  };
  const people = PEOPLE.map((person) => ({ ...person, kind: 'human' }));
  const agents = AGENTS.map(({ id, name, capability, concurrency }) => ({
    id,
    name,
    kind: 'agent',
    owner: PEOPLE[0].id,
    capabilities: [capability],
    capacity: concurrency,
  }));
  const tokens = new Map<string, string>();
  for (const participant of [...people, ...agents])
    if (!runtime.organisation.passport(participant.id)) await ask('participant.register', participant);
  await withdraw(ask);
  for (const { id } of [...people, ...agents, administrator]) {
    const { secret } = await ask('token.issue', { passport: id, label: LABEL });
    tokens.set(id, secret ?? '');
  }
  return tokens;
};
