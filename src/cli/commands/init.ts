import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { Trouble } from '../trouble.ts';

const DEFINITION = `# What is to be done. Check it: humanos definitions check hello.yaml
id: hello
name: Greet everybody
input:
  type: object
  required: [names]
  properties:
    names: { type: array, items: { type: string }, minItems: 1 }
phases:
  - id: greet
    steps:
      - id: greeting
        task:
          requires: [greeting]
          by: agent
          input: { name: '\${ item }' }
          output: { type: object, required: [text], properties: { text: { type: string } } }
        forEach: '\${ input.names }'
  - id: check
    needs: [greet]
    steps:
      - id: look
        task:
          by: human
          from: ['role:administrator']
          description: Look at the greetings, and say whether they are polite
          input: { greetings: '\${ phases.greet.greeting.outputs }' }
output: { greetings: '\${ phases.greet.greeting.outputs }', polite: '\${ phases.check.look.output }' }
`;

const AGENT = `// An agent: what it can do, and how. Start it: humanos worker agent.mjs
export const capabilities = ['greeting'];

export default async function greet(task, { signal, progress }) {
  progress(0.5, \`thinking about \${task.input.name}\`);
  signal.throwIfAborted();
  return { text: \`Hello, \${task.input.name}!\` };
}
`;

const README = `# Hello, HumanOS

\`hello.yaml\` says what is to be done, \`agent.mjs\` is an agent that does a part of it, and a person does the rest.

    humanos serve                                # prints the administrator's token, once; then, elsewhere:
    export HUMANOS_TOKEN=…                       # that token

    humanos participants add Greeter --capability greeting --issue-token
    HUMANOS_TOKEN=… humanos worker agent.mjs     # the token of the greeter; it waits for work

    humanos run hello.yaml --input '{ "names": ["Ada", "Grace"] }' --wait
    humanos inbox                                # elsewhere, as the administrator
    humanos complete TASK --output '{ "polite": true }'
    humanos ledger verify                        # who did what, on whose authority
`;

const FILES = { 'hello.yaml': DEFINITION, 'agent.mjs': AGENT, 'README.md': README } as const;

/** Writes files to start from; what is there already is left as it is. */
export async function writeStarter({ terminal }: Context, folder: string): Promise<void> {
  const paths = Object.keys(FILES).map((name) => join(folder, name));
  const there = paths.filter((path) => existsSync(path));
  if (there.length > 0)
    throw new Trouble({
      what: 'Nothing was written.',
      why: `${there.join(' and ')} exist${there.length === 1 ? 's' : ''} already.`,
      next: 'Name another folder: humanos init FOLDER',
      code: 'file_exists',
    });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text, { flag: 'wx' });
  terminal.answer({ folder, files: paths }, () => [
    ...paths.map((path) => `written: ${path}`),
    '',
    `${join(folder, 'README.md')} says how it goes on.`,
  ]);
}
