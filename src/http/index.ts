export { createApp, type App, type AppOptions } from './app.ts';
export { isLoopback } from './guard.ts';
export { Metrics } from './metrics.ts';
export { openApi } from './openapi.ts';
export { listen, type Listening } from './server.ts';
export { LIMITS, type Limits, type Log } from './shell.ts';
