#!/usr/bin/env node
/** The command `kindred-server`. */
import { run } from './command/program.js';

process.exitCode = await run(process.argv.slice(2));
