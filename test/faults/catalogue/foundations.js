/** Faults in the reference, in the choice of a backend, and in what all layers share. */
export default [
  {
    name: 'the reference folds lanes from the other end',
    file: 'src/backend/reference/dot.ts',
    find: 'lanes[j] += lanes[j + half]',
    replace: 'lanes[j] += lanes[2 * half - 1 - j]',
    first: 'test/similarity/pair test/backend/native/native.test',
  },
  {
    name: 'a backend that fails its self-test is used',
    file: 'src/backend/choose.ts',
    find: "if (result.name !== 'reference') examine(result);",
    replace: '',
    first: 'test/backend/choose',
  },
  {
    name: 'a wish that cannot be met is passed over',
    file: 'src/backend/choose.ts',
    find: 'const wanted = candidates.filter((each) => name === each.name || name === nameOf(each));',
    replace: 'const wanted = candidates.filter((each) => nameOf(each).startsWith(name));',
    first: 'test/backend/choose',
  },
  {
    name: 'work that is ended early keeps what it opened',
    file: 'src/turns/steps.ts',
    find: 'steps.return(undefined as never);',
    replace: '',
    first: 'test/turns test/recommend/models/ease test/backend/linear',
  },
  {
    name: 'work in turns never lets others have theirs',
    file: 'src/turns/steps.ts',
    find: 'if (slice.isOver) await slice.next();',
    replace: 'if (slice.isOver) await undefined;',
    first: 'test/turns test/recommend/models/model-contract test/recommend/use',
  },
  {
    name: 'a signal is looked at once only',
    file: 'src/turns/steps.ts',
    find: '    for (;;) {\n      signal?.throwIfAborted();',
    replace: '    signal?.throwIfAborted();\n    for (;;) {',
    first: 'test/turns test/recommend/models/model-contract test/recommend/use',
  },
];
