/** The attacks on the bounds of an encoding as conformance cases, for machines that run no certificate test. */
import { type Case, METRICS } from '../../backend/conformance/case.js';
import { searchAlsoEncoded } from '../../backend/conformance/encoded-search.js';
import { ATTACKS, attack } from '../../fixtures/attacks.js';

const ALL = { k: 10, minScore: Number.NEGATIVE_INFINITY };

export const attackCases: readonly Case[] = Object.keys(ATTACKS).flatMap((name) =>
  METRICS.map((metric) => ({
    name: `${metric} attack: ${name}`,
    run(backend) {
      const { dim, dtype, rows, queries, large } = attack(name);
      if (large) return [];
      const corpus = backend.openCorpus(dim, metric, { dtype });
      corpus.append(rows);
      for (const count of [1, 18]) searchAlsoEncoded(corpus, queries.subarray(0, count * dim), ALL);
      corpus.openGraph(ALL);
      corpus.free();
      return [];
    },
  })),
);
