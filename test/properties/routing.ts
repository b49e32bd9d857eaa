import type { Placement, Work } from '../../src/engine/index.ts';
import type { Play } from '../engine-kit/index.ts';

/** Routing that says anything at all, and the same of the same: who has it, whom it is offered to, that nobody can take it. */
export const routingFrom = (seed: number): Play['routing'] => ({
  route: (work) => {
    const number = hash(`${seed} ${work.task} ${work.excluded.length} ${work.retained}`);
    const placement = placementFrom(number, work);
    return { placement, explanation: number % 3 === 0 ? { seed: number } : null };
  },
  canBeDone: (work) => hash(`${seed} ${work.step} ${work.from.join()}`) % 4 > 0,
});

const placementFrom = (number: number, { kind, by, excluded, separate }: Work): Placement => {
  const free = [0, 1, 2]
    .map((one) => `passport_agent_${one}`)
    .filter((id) => !excluded.includes(id) && !separate.includes(id));
  const [first] = free;
  if (kind === 'task' && number % 7 === 0) return { kind: 'held' };
  if (first === undefined || by === 'human' || number % 4 === 0) return { kind: 'offered', to: null };
  if (number % 4 === 1) return { kind: 'offered', to: free };
  return { kind: 'assigned', to: first, begin: number % 4 === 2 };
};

/** FNV-1a. */
export const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
};
