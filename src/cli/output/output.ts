/** Where a run of the command writes: answers to stdout, what is being done to stderr. */
import { Printer, type TextStream } from './printer.js';
import { ProgressLine } from './progress-line.js';

/** What the command takes from the process that it runs in: `process` itself fits. */
export interface Surroundings {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** NO_COLOR and TERM are read; `--backend` sets KINDRED_BACKEND. */
  readonly env: NodeJS.ProcessEnv;
}

export interface Output {
  readonly print: Printer;
  readonly progress: ProgressLine;
}

export function outputTo({ stdout, stderr, env }: Surroundings): Output {
  return { print: new Printer(stdout, env), progress: new ProgressLine(stderr) };
}
