import { passport, Testbed } from './http-testbed.ts';
import type { InputOf } from '../../src/operations/schema/index.ts';
import type { ModelAnswer } from '../../src/planning/index.ts';

export const reader = passport('reader', { kind: 'agent', capabilities: ['read'], capacity: 5 });
export const analyst = passport('analyst', { kind: 'agent', capabilities: ['sum'] });
export const operator = passport('operator', { roles: ['operator'] });
const capabilities = [
  { id: 'read', description: 'Reads invoices', consumes: ['invoice'], produces: ['facts'] },
  { id: 'sum', description: 'Sums invoices', consumes: ['facts[]'], produces: ['summary'] },
];
export const goal: InputOf<'workflow.plan'> = {
  goal: 'Read the invoices and sum them',
  requiredCapabilities: ['read', 'sum'],
  input: { invoices: ['a', 'b'] },
};

/** Two agents that read and sum invoices, and a model that answers so, if it has any answers. */
export const openPlanBed = async (answers: ModelAnswer[] = []): Promise<Testbed & { asked: number }> => {
  const asked = { asked: 0 };
  const model = {
    name: 'small',
    ask: async () => {
      asked.asked += 1;
      return (
        answers.shift() ?? ({ ok: false, code: 'unavailable', reason: 'it could not be reached' } as const)
      );
    },
  };
  const bed = new Testbed(undefined, answers.length > 0 ? { model } : {});
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }), reader, analyst, operator);
  for (const capability of capabilities) await bed.ok('root', 'capability.save', capability);
  return Object.defineProperty(bed, 'asked', { get: () => asked.asked }) as Testbed & { asked: number };
};
