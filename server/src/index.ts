/**
 * Recommenders and vector indexes behind an HTTP API. `createApp` gives the API as a Hono app to mount anywhere.
 * @module kindred-server
 */
export { run } from './command/program.js';
export type { Config, ConfigInput } from './config/schema.js';
export { Refusal, type RefusalCode } from './errors.js';
export { type AppOptions, createApp, type RequestLine } from './http/app.js';
export { openApiDocument } from './http/openapi.js';
export { Service } from './live/service.js';
export type { Store } from './store/contract.js';
export { openStore } from './store/open.js';
