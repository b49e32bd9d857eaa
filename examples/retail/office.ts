/** Who works for the shop and by which rules: people, an agent, the profile, the policies, the definition. */
import { readFileSync } from 'node:fs';
import { createClient, type Client } from 'humanos/client';
import type { Json } from 'humanos/worker';
import { parse } from 'yaml';
import { TOOLS_OF_SHOP } from './agents/humanos-gate.ts';
import type { ToolEntry } from './shop/catalogue.ts';

type Document = { readonly [key: string]: Json };

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

export const definitionSource = (): string => read('definition.yaml');

/** What is proposed, one after the other: the profile, which says what each tool does, and the policies. */
export const proposals = (tools: readonly ToolEntry[]): ({ profile: Document } | { policy: Document })[] => {
  const reads = tools.filter(({ class: is }) => is === 'read').map(({ name }) => `${TOOLS_OF_SHOP}${name}`);
  const classes = Object.fromEntries(reads.map((name) => [name, 'read_only']));
  const profile = { autonomy: 'aggressive', approval: { from: 'role:administrator' }, tools: classes };
  const policies = parse(read('policies/retail.yaml')) as Document[];
  return [{ profile }, ...policies.map((policy) => ({ policy }))];
};

export interface Office {
  /** The token of a customer representative, who decides. */
  readonly desk: string;
  /** The token of the agent. */
  readonly agent: string;
}

/** Makes the office, as an administrator. The compliance officer, who agrees to the policies, is somebody else: nobody agrees to their own. */
export async function openOffice(url: string, token: string, tools: readonly ToolEntry[]): Promise<Office> {
  const admin = createClient({ url, token });
  const officer = createClient({ url, token: await person(admin, 'Compliance officer', 'compliance') });
  for (const proposal of proposals(tools)) {
    const { change } = await admin.policy.propose(proposal);
    await officer.policy.approve({ id: change.id, digest: change.digest });
  }
  await admin.workflow.saveDefinition({ source: definitionSource() });
  const { id } = await admin.participant.register({
    kind: 'agent',
    name: 'Retail agent',
    owner: (await admin.participant.me()).id,
    capabilities: ['retail_service'],
  });
  return {
    desk: await person(admin, 'Customer representative', 'customer-representative'),
    agent: await tokenOf(admin, id),
  };
}

const person = async (admin: Client, name: string, role: string): Promise<string> =>
  tokenOf(admin, (await admin.participant.register({ kind: 'human', name, roles: [role] })).id);

async function tokenOf(admin: Client, passport: string): Promise<string> {
  const { secret } = await admin.token.issue({ passport });
  if (secret === null) throw new Error(`the token of ${passport} was issued before, and is not shown again`);
  return secret;
}
