import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { ProblemError } from 'humanos/client';
import { openOffice } from './office.ts';
import { CASE_FILES, readCases, readExpected } from './reference/cases.ts';
import { replay, shopsLike } from './reference/replay.ts';
import type { Arguments } from './shop/catalogue.ts';
import { KeyMissing, KeyTaken, openShop, ShopMissing } from './shop/shop.ts';
import { missingFrom, readStock, SHARED, SourceMissing } from './source.ts';

const HELP = `The shop of the retail example.

  main.ts load  --shop FILE [--data DIR]             make the shop in FILE, or leave the one that is there
  main.ts tools --shop FILE                          its tools, each with its class
  main.ts call NAME JSON --shop FILE [--key KEY]     call a tool; what changes records needs a key
  main.ts check [--data DIR]                         make the calls of all cases, compare with the oracle
  main.ts office --shop FILE                         on the server in HUMANOS_URL, as HUMANOS_TOKEN: people, an agent, the policies;
                                                     prints their tokens, for the shell
  main.ts case NUMBER [--data DIR]                   the input of a run: what a customer asks for, and the calls that serve it

DIR holds the JSON files of tau-bench retail; ${relative('.', SHARED)} if absent.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    shop: { type: 'string' },
    key: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const folder = values.data === undefined ? SHARED : resolve(values.data);

class Usage extends Error {}

const shopFile = (): string => {
  if (values.shop === undefined) throw new Usage('Name the file of the shop: --shop FILE');
  mkdirSync(dirname(resolve(values.shop)), { recursive: true });
  return values.shop;
};

const COMMANDS: { readonly [name: string]: (...words: string[]) => boolean | Promise<boolean> } = {
  load: () => {
    const shop = openShop(shopFile(), readStock(folder));
    console.log(`${shop.texts('orders').size} orders of ${shop.texts('users').size} customers.`);
    shop.close();
    return true;
  },
  tools: () => {
    const shop = openShop(shopFile());
    for (const { name, class: is } of shop.catalogue.entries) console.log(`${is.padEnd(14)} ${name}`);
    shop.close();
    return true;
  },
  call: (tool = '', text = '{}') => {
    const shop = openShop(shopFile());
    const answer = shop.call({ tool, arguments: JSON.parse(text) as Arguments, key: values.key });
    shop.close();
    console.log(JSON.stringify(answer, null, 2));
    return answer.ok;
  },
  check: () => {
    const stock = readStock(folder);
    const missing = missingFrom(folder, CASE_FILES);
    if (missing !== null) throw new SourceMissing(missing);
    const openCopy = shopsLike(stock);
    const expected = new Map(readExpected(folder).map((one) => [one.task, one]));
    const wrong = readCases(folder).filter((one) => {
      const { steps, finalDelta } = expected.get(one.number) ?? {};
      return !isDeepStrictEqual(replay(openCopy(), one), { steps, finalDelta });
    });
    console.log(`${expected.size - wrong.length} of ${expected.size} cases are as the oracle says.`);
    for (const { number, customer } of wrong) console.log(`  not so: case ${number} of ${customer}`);
    return wrong.length === 0;
  },
  office: async () => {
    const { HUMANOS_URL: url = 'http://127.0.0.1:4400', HUMANOS_TOKEN: token } = process.env;
    if (!token)
      throw new Usage(
        'Say who you are: the token that the server printed at its first start, in HUMANOS_TOKEN.',
      );
    const shop = openShop(shopFile());
    const { desk, agent } = await openOffice(url, token, shop.catalogue.entries);
    shop.close();
    console.log(`export DESK=${desk}\nexport AGENT=${agent}`);
    return true;
  },
  case: (number = '') => {
    const missing = missingFrom(folder, CASE_FILES);
    if (missing !== null) throw new SourceMissing(missing);
    const cases = readCases(folder);
    const found = cases.find((one) => String(one.number) === number);
    if (!found) throw new Usage(`Cases are numbered from 0 to ${cases.length - 1}.`);
    const { customer, request, actions } = found;
    console.log(JSON.stringify({ customer, request, actions }));
    return true;
  },
};

try {
  const [name = '', ...words] = positionals;
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new Usage(HELP);
  if (!(await command(...words))) process.exitCode = 1;
} catch (error) {
  const known = [Usage, SourceMissing, ShopMissing, KeyMissing, KeyTaken, SyntaxError, ProblemError];
  if (!(error instanceof Error) || !known.some((kind) => error instanceof kind)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
