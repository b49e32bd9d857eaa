import type { InputOf } from '../../src/operations/schema/index.ts';
import { passport, Testbed } from './http-testbed.ts';

export const open = () =>
  Testbed.open(
    passport('alice', { roles: ['operator', 'manager'], capabilities: ['ocr'] }),
    passport('bob'),
    passport('carol'),
    passport('agent', { kind: 'agent', owner: 'passport_bob', capabilities: ['typing'] }),
  );
export const letAct = async (
  bed: Testbed,
  from: string,
  to: string,
  more: Partial<InputOf<'delegation.create'>> = {},
) => (await bed.ok(from, 'delegation.create', { to: `passport_${to}`, ...more })).id;
export const under = (delegation: string) => ({ delegation });
export const lastOf = async (bed: Testbed, run: string, type: string) => {
  const { events } = await bed.ok('root', 'run.events', { id: run, limit: 1000 });
  return events.findLast((event) => event.type === type);
};
