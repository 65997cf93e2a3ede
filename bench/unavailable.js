/** Thrown by a contender that this build, or this machine, has not: it is listed as such, and is no failure. */
export class Unavailable extends Error {}

/** The object, if it has all of these members. @throws Unavailable naming the first that it lacks */
export function having(what, object, ...members) {
  const missing = members.find((member) => object[member] === undefined);
  if (missing !== undefined) throw new Unavailable(`${what}.${missing} is not available in this build`);
  return object;
}
