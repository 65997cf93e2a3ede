/**
 * The kernels' types: what assembly/index.ts exports, seen from TypeScript. Addresses are in bytes, sizes in rows or
 * elements; the kernels' own comments say what each one is. Records are those of abi.ts.
 */
export interface Kernels
  extends DenseKernels,
    SearchKernels,
    GraphKernels,
    EncodedKernels,
    SparseKernels,
    ProductKernels,
    LinearKernels,
    TrainingKernels {
  /** Where the memory begins that the kernels do not use themselves. */
  base(): number;
}

/** The kernels that exist for rows of float32 and of float64. */
export interface TypedKernels {
  measure(rows: number, count: number, dim: number, squares: number): number;
  pairs(metric: number, a: number, one: boolean, b: number, count: number, dim: number, out: number): void;
  pack(rows: number, count: number, dim: number, panels: number): void;
  block(block: number, rows: number, columns: number, reach: number): void;
}

/** assembly/dense.ts */
interface DenseKernels {
  measure32: TypedKernels['measure'];
  measure64: TypedKernels['measure'];
  measureRows(dtype: number, rows: number, count: number, dim: number, squares: number, scratch: number): number;
  pairs32: TypedKernels['pairs'];
  pairs64: TypedKernels['pairs'];
  pack32: TypedKernels['pack'];
  pack64: TypedKernels['pack'];
  block32: TypedKernels['block'];
  block64: TypedKernels['block'];
}

/** A query of some: its elements, its sum of squares, its number, and the best rows of all of them. */
type Asked = [query: number, querySquares: number, q: number, best: number];

/** assembly/dense.ts and assembly/best.ts; `rows` is a ROWS record, `best` a BEST record. */
interface SearchKernels {
  scan(rows: number, first: number, last: number, ...asked: Asked): void;
  scanCandidates(rows: number, candidates: number, count: number, ...asked: Asked): number;
  scanBatch(
    rows: number,
    first: number,
    last: number,
    packed: number,
    squares: number,
    panel: number,
    best: number,
  ): void;
  worstThreshold(metric: number, best: number, q: number): number;
  sortSome(best: number, first: number, last: number): void;
}

/** assembly/graph.ts; `graph` is a GRAPH record. */
interface GraphKernels {
  packColumns(graph: number, at: number, count: number): void;
  scorePairs(graph: number, first: number, count: number): void;
}

/** assembly/encoded/; `query` is a QUERY record. */
interface EncodedKernels {
  placeEncoding(
    metric: number,
    mode: number,
    dim: number,
    high: number,
    low: number,
    strips: number,
    offsets: number,
    mean: number,
  ): void;
  addRows(dtype: number, rows: number, squares: number, count: number, scratch: number, sums: number): void;
  encodeStrip(dtype: number, rows: number, squares: number, strip: number, work: number): void;
  isTrueOf(dtype: number, rows: number, squares: number, strip: number, work: number): number;
  openQuery(query: number, values: number, squares: number, minScore: number, work: number): void;
  giveRoom(query: number, lowers: number, lowersMax: number, candidates: number, candidatesMax: number): void;
  orderCandidates(query: number): void;
  multipliesIntegers(): number;
  multipliesBytes(): number;
  placeSweep(admit: number, stale: number, panels: number): void;
  seedThreshold(query: number, first: number, last: number, count: number): void;
  sweepOne(query: number, first: number, last: number, coarse: boolean): number;
  sweepMany(queries: number, apart: number, count: number, first: number, last: number, coarse: boolean): number;
}

/** assembly/sparse.ts */
interface SparseKernels {
  placeRows(
    rows: number,
    indptr: number,
    indices: number,
    values: number,
    valuesAreWide: boolean,
    starts: number,
    byColumn: number,
    byColumnValues: number,
    squares: number,
  ): void;
  turnRows(columns: number, next: number): void;
  measureSparse(ofSets: boolean): void;
  placeSearch(
    scoring: number,
    shrinkage: number,
    minSupport: number,
    once: boolean,
    from: number,
    sums: number,
    counts: number,
    only: number,
  ): void;
  placeHeaps(lowest: number, best: number): void;
  visitFull(first: number, last: number): void;
  visitCorated(first: number, last: number, centred: boolean, pairs: number, touched: number): void;
}

/** assembly/products.ts; `product` is a PRODUCT record. */
interface ProductKernels {
  topColumns(product: number, count: number, best: number): void;
  topDenseColumns(product: number, count: number, best: number): void;
}

/** assembly/linear.ts */
interface LinearKernels {
  placeInverse(matrix: number, stride: number, left: number, panel: number, right: number, leastPivots: number): void;
  placeGram(
    size: number,
    l2: number,
    indptr: number,
    indices: number,
    values: number,
    starts: number,
    entries: number,
    owners: number,
  ): void;
  addGram(from: number, to: number): void;
  beginPanel(phase: number, first: number, end: number): void;
  subtractChunk(from: number, to: number): void;
  solvePanel(): number;
}

/** assembly/training/; `side` is an ALS record, `model` a SKIP_GRAM or a GLOVE one. */
interface TrainingKernels {
  alsGram(rows: number, count: number, stride: number, sums: number, totals: number, out: number): void;
  alsSolve(side: number, first: number, last: number, steps: number, tolerance: number, cold: boolean): void;
  trainSkipGram(model: number, tokens: number, ends: number, rates: number, count: number): void;
  trainGlove(
    model: number,
    words: number,
    contexts: number,
    logs: number,
    weights: number,
    count: number,
    rate: number,
  ): void;
}
