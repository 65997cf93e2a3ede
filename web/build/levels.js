/**
 * The kernels of other levels come as files of the page (data/), and the worker is given them. So its script need not
 * carry those that `init()` without an argument would load.
 * @returns {import('vite').Plugin}
 */
export function withoutLevels() {
  return {
    name: 'without-levels',
    enforce: 'pre',
    load(id) {
      return /\/dist\/web\/chunks\/(relaxed-simd|scalar)-[^/]+\.js$/.test(id) ? "export const packed = '';" : null;
    },
  };
}
