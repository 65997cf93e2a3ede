/** What someone may have meant: known names that are spelt alike. */

const SUGGESTIONS_MAX = 3;

/** At most three of `known` that nearly are `wanted`, begin with it or contain it; nearest first, then in order. */
export function nearSpellings(wanted: string, known: Iterable<string>): string[] {
  const target = wanted.toLowerCase();
  if (target === '') return [];
  const editsMax = Math.min(3, Math.max(1, Math.floor(target.length / 4)));
  const near: { name: string; distance: number }[] = [];
  for (const name of known) {
    const distance = distanceOf(target, name.toLowerCase(), editsMax);
    if (distance !== undefined) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance);
  return near.slice(0, SUGGESTIONS_MAX).map(({ name }) => name);
}

/** Edits, or a little more than two for a name that goes on, a little more than three for one that holds the target. */
function distanceOf(target: string, name: string, editsMax: number): number | undefined {
  const edits = editDistance(target, name, editsMax);
  if (edits <= editsMax) return edits;
  const extra = 1 - 1 / (1 + name.length - target.length);
  if (name.startsWith(target)) return 2 + extra;
  return name.includes(target) ? 3 + extra : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); `max + 1` if there are more. */
function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    if (Math.min(...row) > max) return max + 1;
    [before, above] = [above, row];
  }
  return above[b.length];
}
