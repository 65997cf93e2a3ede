/** The service worker: all files of one build, kept for use without a network. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @returns {import('vite').Plugin} */
export function offline() {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = ['./', './icon.svg', './manifest.webmanifest'];
        const hash = createHash('sha256');
        for (const [name, file] of Object.entries(bundle)) {
          if (name !== 'index.html') files.push(`./${name}`);
          hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
        }
        const source = readFileSync(new URL('./service-worker.js', import.meta.url), 'utf8')
          .replace('__FILES__', JSON.stringify(files.sort()))
          .replace('__VERSION__', JSON.stringify(hash.digest('hex').slice(0, 16)));
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}
