/** Packages that only some users install, loaded when they are needed. */
import { KindredError } from './errors.js';

/**
 * Its name is no literal, so that a bundler neither fails where it is absent nor takes it along for everybody. In a
 * bundle its user imports it and passes it on.
 * @param why the beginning of the error's sentence @param otherwise the end of it
 * @throws KindredError INVALID_ARGUMENT if it is not there.
 */
export async function loadPackage<T>(name: string, why: string, otherwise = ''): Promise<T> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ name)) as T;
  } catch (cause) {
    const message = `${why} needs the package ${name}, which is not installed: npm install ${name}${otherwise}`;
    throw new KindredError('INVALID_ARGUMENT', message, { cause });
  }
}
