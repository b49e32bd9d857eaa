import { measure, type Order } from './measure.ts';

/** One contender at one workload, in a process of its own, so that none lives in what another has left behind. */
const order = JSON.parse(process.argv[2] ?? '') as Order;
const say = (figure: string, value: number | string): void =>
  void process.stdout.write(`\u0001${JSON.stringify({ figure, value })}\n`);

try {
  const left = await measure(order, say);
  if (left) process.stdin.resume();
  else process.stdout.write('', () => process.exit(0));
} catch (fault) {
  process.stderr.write(`${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`, () =>
    process.exit(1),
  );
}
