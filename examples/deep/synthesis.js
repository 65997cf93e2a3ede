/** Sounds made by arithmetic: seven kinds, each at several pitches, lengths and sample rates. */
import { randomFrom } from './random.js';

/** For each kind: a function of the seconds gone by, from -1 to 1. `pitch` is in hertz. */
const KINDS = {
  tone:
    ({ pitch }) =>
    (t) =>
      wave(pitch * t) * 0.7,
  buzz:
    ({ pitch }) =>
    (t) =>
      ((pitch * t * 0.3) % 1) * 1.2 - 0.6,
  siren:
    ({ pitch }) =>
    (t) =>
      wave(pitch * t + 40 * wave(2.5 * t)) * 0.7,
  sweep:
    ({ pitch, length }) =>
    (t) =>
      wave(pitch * t * (0.5 + (1.5 * t) / length)) * 0.7,
  noise:
    ({ random }) =>
    () =>
      random() * 1.2 - 0.6,
  clicks:
    ({ random, pitch }) =>
    (t) =>
      (t * (3 + pitch / 200)) % 1 < 0.01 ? random() * 1.8 - 0.9 : 0,
  pluck: ({ pitch, random, rate }) => pluckedString(Math.round(rate / pitch), random),
};

const RATES = [16_000, 22_050, 44_100, 48_000];

/** { name, kind, input: { samples, sampleRate } }[] */
export function sounds() {
  return Object.entries(KINDS).flatMap(([kind, make], k) =>
    RATES.map((rate, n) => {
      const random = randomFrom(k * 100 + n);
      const pitch = 300 * 1.35 ** n;
      const length = 1.4 + 0.3 * n;
      const at = make({ pitch, length, random, rate });
      const samples = Float32Array.from({ length: length * rate }, (_, i) => at(i / rate));
      return { name: `${kind} ${n + 1}`, kind, input: { samples, sampleRate: rate } };
    }),
  );
}

/** A string of so many samples, plucked twice a second: noise that is averaged each time it comes round (Karplus and Strong, 1983). */
function pluckedString(size, random) {
  let string = [];
  let [place, seconds] = [0, Number.POSITIVE_INFINITY];
  return (t) => {
    if (t % 0.5 < seconds) string = Array.from({ length: size }, () => random() * 1.8 - 0.9);
    seconds = t % 0.5;
    const value = string[place];
    string[place] = 0.498 * (value + string[(place + 1) % size]);
    place = (place + 1) % size;
    return value;
  };
}

function wave(turns) {
  return Math.sin(turns * 2 * Math.PI);
}
