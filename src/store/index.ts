export type { MoveProgress } from './moving.ts';
export type * from './port.ts';
export { isSameHold, written } from './holding.ts';
export { damaged, StoreFault } from './fault.ts';
export { entriesOf, pagesOf } from './pages.ts';
export type { StoreFaultCode } from './fault.ts';
