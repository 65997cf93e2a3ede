/** Reads what valgrind's callgrind writes. */

/**
 * The own cost of all functions of one shared object, from the text that callgrind writes.
 * `ob=` names the object that follows; a number is a cost unless a `calls=` line stands before it.
 */
export function instructionsOf(text, object) {
  const names = new Map();
  let isOurs = false;
  let isCall = false;
  let count = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('ob=')) {
      const [, id, name] = /^ob=\((\d+)\)(?: (.*))?$/.exec(line);
      if (name !== undefined) names.set(id, name);
      isOurs = names.get(id).endsWith(object);
    } else if (line.startsWith('cob=')) {
      const [, id, name] = /^cob=\((\d+)\)(?: (.*))?$/.exec(line);
      if (name !== undefined) names.set(id, name);
    } else if (line.startsWith('calls=')) {
      isCall = true;
    } else if (/^[+\-*\d]/.test(line)) {
      if (isOurs && !isCall) count += Number(line.split(' ')[1] ?? 0);
      isCall = false;
    }
  }
  return count;
}
