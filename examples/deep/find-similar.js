/** What the three examples have in common: things become rows of one index, and each finds what is like it. */

/**
 * @param embedder turns inputs into vectors: a textEmbedder, imageEmbedder or audioEmbedder
 * @param things { name, kind, input }[]; the kind says what ought to be alike, and no model sees it
 * @param shown names of things whose neighbours are printed
 */
export async function findSimilar(embedder, things, shown) {
  const start = performance.now();
  const ids = things.map(({ name }) => name);
  const inputs = things.map(({ input }) => input);
  const index = await embedder.index(inputs, { ids });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${index.size} rows of ${index.dim} numbers by ${index.model}, in ${seconds} s\n`);

  const kindOf = new Map(things.map(({ name, kind }) => [name, kind]));
  const isRight = (id, found) => kindOf.get(id) === kindOf.get(found);
  for (const id of shown) {
    console.log(`like "${id}", which is of kind ${kindOf.get(id)}:`);
    for (const hit of index.neighbors(id, 3)) {
      console.log(`  ${hit.score.toFixed(3)} ${isRight(id, hit.id) ? 'same kind ' : 'other kind'} ${hit.id}`);
    }
  }

  const right = ids.filter((id) => isRight(id, index.neighbors(id, 1)[0].id)).length;
  const others = things.length / new Set(kindOf.values()).size - 1;
  const byChance = ((others / (things.length - 1)) * things.length).toFixed(1);
  console.log(`\n${right} of ${ids.length} have a nearest neighbour of their own kind; by chance ${byChance} would`);
  return index;
}
