/** `humanos worker examples/retail/agent.ts`: the agent of the shop in the file that `RETAIL_SHOP` names. */
import type { Handle } from 'humanos/worker';
import { humanosGate } from './agents/humanos-gate.ts';
import { serveCustomer, type CaseInput } from './agents/serve-customer.ts';
import { openShop } from './shop/shop.ts';

export const name = 'retail agent';
export const capabilities = ['retail_service'];

const shop = openShop(process.env['RETAIL_SHOP'] ?? 'work/shop.sqlite');

const serve: Handle<CaseInput> = (task, context) =>
  serveCustomer({ shop, gate: humanosGate(context) })(task, context);
export default serve;
