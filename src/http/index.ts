export { createApp, type App, type AppOptions } from './app.ts';
export { isLoopback } from './guard.ts';
export { Metrics } from './metrics.ts';
export { listen, type Listening } from './server.ts';
export type { Limits, Log } from './shell.ts';
