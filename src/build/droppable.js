/** Marks what the constants of a module are made of, so that bundlers leave out those that nothing uses. */

/** Expressions that bundlers know to do nothing, by the places of their parts. */
const HARMLESS = {
  Literal: () => [],
  Identifier: () => [],
  ArrowFunctionExpression: () => [],
  FunctionExpression: () => [],
  // A class that extends or fills static members is judged by bundlers themselves.
  ClassExpression: () => [],
  TemplateLiteral: ({ expressions }) => (expressions.length === 0 ? [] : undefined),
  UnaryExpression: ({ argument }) => [argument],
  // Bundlers take ** for a call unless they compute it.
  BinaryExpression: ({ operator, left, right }) => (operator === '**' ? undefined : [left, right]),
  ConditionalExpression: ({ test, consequent, alternate }) => [test, consequent, alternate],
  ParenthesizedExpression: ({ expression }) => [expression],
  ArrayExpression: ({ elements }) => elements.filter(Boolean),
  ObjectExpression: ({ properties }) => properties.flatMap((each) => (each.computed ? [each] : [each.value ?? each])),
};

function isHarmless(node) {
  return HARMLESS[node.type]?.(node)?.every(isHarmless) ?? false;
}

/**
 * Marks what a constant of a module is made of as droppable: a bundler then leaves out constants that nothing uses.
 * No module here does anything but define; "sideEffects" in package.json says so of whole files, which are large here.
 */
export function droppable(code) {
  let changed = code;
  for (const statement of this.parse(code).body.toReversed()) {
    const { declarations = [] } = statement.declaration ?? statement;
    for (const { init } of declarations.toReversed()) {
      const isMarked = init && code.slice(0, init.start).endsWith('/* @__PURE__ */ ');
      if (!init || isMarked || isHarmless(init)) continue;
      const value = code.slice(init.start, init.end);
      changed = `${changed.slice(0, init.start)}/* @__PURE__ */ (() => (${value}))()${changed.slice(init.end)}`;
    }
  }
  return changed;
}
