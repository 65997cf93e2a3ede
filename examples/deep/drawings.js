/** Pictures drawn by arithmetic: six kinds of pattern, each in several sizes, turns and colours. */
import { randomFrom } from './random.js';

/** For each kind: how dark a place is, from 0 to 1. Places and `step` are in pixels; (u, v) is (x, y) turned by some angle. */
const PATTERNS = {
  stripes: ({ u, step }) => (wave(u / step) > 0 ? 1 : 0),
  checks: ({ u, v, step }) => (wave(u / step) * wave(v / step) > 0 ? 1 : 0),
  dots: ({ u, v, step }) => (wave(u / step) + wave(v / step) > 1.1 ? 1 : 0),
  rings: ({ x, y, step }) => (wave(Math.hypot(x, y) / step) > 0 ? 1 : 0),
  clouds: ({ u, v, step, turn }) => {
    const drift = (scale, n) =>
      wave(u / scale + wave(v / scale / 1.7 + n) + turn) + wave(v / scale + wave(u / scale / 1.3 - n) - turn);
    return 0.5 + (drift(step * 5, 1) + drift(step * 2.6, 2) / 2) / 6;
  },
  noise: ({ random }) => random(),
};

const INKS = [
  [
    [20, 20, 30],
    [240, 240, 235],
  ],
  [
    [160, 30, 40],
    [250, 235, 200],
  ],
  [
    [20, 70, 140],
    [220, 235, 245],
  ],
  [
    [30, 100, 50],
    [245, 240, 180],
  ],
];

/** { name, kind, input: { data, width, height } }[], as RGBA. */
export function drawings() {
  return Object.entries(PATTERNS).flatMap(([kind, pattern], p) =>
    INKS.map(([dark, light], n) => {
      const random = randomFrom(p * 100 + n);
      const [width, height] = [160 + 40 * n, 240 - 25 * n];
      const step = 18 + 6 * n;
      const turn = 0.3 + 0.55 * n + random() * 0.2;
      const data = new Uint8ClampedArray(width * height * 4);
      for (let i = 0; i < width * height; i++) {
        const [x, y] = [(i % width) - width / 2, Math.floor(i / width) - height / 2];
        const u = x * Math.cos(turn) + y * Math.sin(turn);
        const v = y * Math.cos(turn) - x * Math.sin(turn);
        const ink = pattern({ x, y, u, v, step, turn, random });
        const colour = [0, 1, 2].map((c) => light[c] + (dark[c] - light[c]) * ink);
        data.set([...colour, 255], i * 4);
      }
      return { name: `${kind} ${n + 1}`, kind, input: { data, width, height } };
    }),
  );
}

function wave(turns) {
  return Math.sin(turns * 2 * Math.PI);
}
