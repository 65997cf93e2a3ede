/** Objects that no clone can stand for: what they hold is private, and a clone would be one without methods. */

/**
 * Has `structuredClone` and `postMessage` refuse an object, whose own property of this name they cannot clone. Their error shows the
 * text of what they meet, which says what to send instead.
 */
export function refuseClones(object: object, sendInstead: () => string): void {
  Object.defineProperty(object, 'sendInstead', { value: sendInstead, enumerable: true });
}
