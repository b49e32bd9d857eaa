export type * from './port.ts';
export { StoreFault } from './fault.ts';
export type { StoreFaultCode } from './fault.ts';
