/** The version of this package. A test compares it with package.json: a bundle has no package.json beside it. */
export const VERSION = '0.1.0';
