/**
 * What kernels and their callers agree on: numbers for choices, sizes, and the offsets of records in linear memory.
 * AssemblyScript and TypeScript both compile this file, so it holds nothing but integers. An offset ending in `_F64` is
 * that of a float64; all others are those of a u32, which may be an address.
 */

// Metrics, stored types, modes of the encoding, how a sum over columns in common becomes a score, what a panel is
// computed for.
export const COSINE = 0;
export const DOT = 1;
export const EUCLIDEAN = 2;
export const FLOAT32 = 0;
export const FLOAT64 = 1;
export const FLOAT16 = 2;
export const BFLOAT16 = 3;
export const INT8 = 4;
export const RAW = 0;
export const CENTRED = 1;
export const ROTATED = 2;
export const BY_PRODUCTS = 0;
export const JACCARD = 1;
export const DICE = 2;
export const FACTOR = 0;
export const INVERT = 1;
export const MULTIPLY = 2;

/** Lanes of a canonical sum; packed rows are padded to a multiple of them. */
export const LANES = 16;
/** Rows in the tall and in the flat panel of a tile. */
export const TALL = 4;
export const FLAT = 2;
/** Rows and columns of a tile of dense linear algebra. */
export const TILE = 4;
/** Rows that are encoded together. */
export const STRIP_ROWS = 32;
/** Bytes that a row has for what is gathered over columns in common. */
export const PAIR_BYTES = 48;
/** Rows of scratch memory for alternating least squares. */
export const ALS_SCRATCH_ROWS = 3;

// The best rows of several queries: a head, then scores (f64) and positions (u32) of `stride` rows a query, then counts
// (u32).
export const BEST_QUERIES = 0;
export const BEST_STRIDE = 4;
export const BEST_HEAD_BYTES = 16;

// Rows of a corpus, to be searched. `squares` are read for the cosine only; `scratch` takes one row widened; `admit` is 0
// or has a byte per slot.
export const ROWS_METRIC = 0;
export const ROWS_DTYPE = 4;
export const ROWS_DIM = 8;
export const ROWS_AT = 12;
export const ROWS_SQUARES = 16;
export const ROWS_SCRATCH = 20;
export const ROWS_ADMIT = 24;
export const ROWS_MIN_SCORE_F64 = 32;
export const ROWS_BYTES = 40;

// Two operands of a matrix: rows as they are, rows packed flat, a tall panel of scratch, and where scores go. A length is
// a sum of squares and one over its root, both f64.
export const BLOCK_METRIC = 0;
export const BLOCK_DIM = 4;
export const BLOCK_ROWS = 8;
export const BLOCK_ROW_LENGTHS = 12;
export const BLOCK_PACKED = 16;
export const BLOCK_PACKED_LENGTHS = 20;
export const BLOCK_PANEL = 24;
export const BLOCK_SCORES = 28;
export const BLOCK_BYTES = 32;
export const LENGTH_BYTES = 16;

// Rows as columns against rows that follow, each pair once for both: some rows as they are, room for their squares, for one
// widened and for a tall panel; columns packed flat, and their squares; then of every row that takes part its slot (u32), the
// worst score kept (f64) and `leastFor` it (f64), and the best rows of all. `first` is the place of the first column.
export const GRAPH_METRIC = 0;
export const GRAPH_DTYPE = 4;
export const GRAPH_DIM = 8;
export const GRAPH_ROWS = 12;
export const GRAPH_ROW_SQUARES = 16;
export const GRAPH_SCRATCH = 20;
export const GRAPH_PANEL = 24;
export const GRAPH_PACKED = 28;
export const GRAPH_COLUMN_SQUARES = 32;
export const GRAPH_SLOTS = 36;
export const GRAPH_BARS = 40;
export const GRAPH_LEASTS = 44;
export const GRAPH_BEST = 48;
export const GRAPH_FIRST = 52;
export const GRAPH_COLUMNS = 56;
export const GRAPH_MIN_SCORE_F64 = 64;
export const GRAPH_BYTES = 72;

// A strip of encoded rows: what one unit of a code and of an offset is worth, what eight and four bits lose, how far
// rows reach.
export const STRIP_SCALE_F64 = 0;
export const STRIP_UNIT_F64 = 8;
export const STRIP_FINE_F64 = 16;
export const STRIP_COARSE_F64 = 24;
export const STRIP_REACH_F64 = 32;
export const STRIP_BYTES = 40;

// A query of a filtered search, as docs/internals/exactness.md names things: T, B and V; its roundings; rows left by the
// coarse and the fine stage; a heap of lower bounds; its candidates. Rounded elements follow.
export const QUERY_THRESHOLD_F64 = 0;
export const QUERY_OFFSET_F64 = 8;
export const QUERY_NORM_F64 = 16;
export const QUERY_FINE = 24;
export const QUERY_COARSE = 48;
export const QUERY_SIFT = 72;
export const QUERY_COARSE_COUNT = 96;
export const QUERY_FINE_COUNT = 100;
export const QUERY_LOWERS = 104;
export const QUERY_LOWERS_MAX = 108;
export const QUERY_LOWERS_COUNT = 112;
export const QUERY_CANDIDATES = 116;
export const QUERY_CANDIDATES_MAX = 120;
export const QUERY_CANDIDATES_COUNT = 124;
export const QUERY_HEAD_BYTES = 128;
/**
 * For each byte of a row in one plane: int16 elements of the fine stage, int16 and int8 ones of the coarse stage, and int8
 * ones that sift.
 */
export const QUERY_BYTES_PER_PLANE_BYTE = 12;

// A rounding of a query: step t, rest f and total (i32) of its elements.
export const ROUNDING_STEP_F64 = 0;
export const ROUNDING_REST_F64 = 8;
export const ROUNDING_TOTAL = 16;

// A candidate: an upper bound, and its slot.
export const CANDIDATE_UPPER_F64 = 0;
export const CANDIDATE_SLOT = 8;
export const CANDIDATE_BYTES = 16;

// A product of sparse rows (weights) with lists or with dense rows, whose best columns are wanted. `excluded` is in CSR
// form; its starts, and `admit` (a byte per column), may be 0. `sums` takes an f64 per column, or per element of a
// dense row.
export const PRODUCT_COLUMNS = 0;
export const PRODUCT_STARTS = 4;
export const PRODUCT_INDICES = 8;
export const PRODUCT_WEIGHTS = 12;
export const PRODUCT_LIST_STARTS = 16;
export const PRODUCT_LIST_COLUMNS = 20;
export const PRODUCT_LIST_VALUES = 24;
export const PRODUCT_DENSE = 28;
/** Elements of a dense row: the columns, made even. */
export const PRODUCT_DENSE_WIDTH = 32;
export const PRODUCT_EXCLUDED_STARTS = 36;
export const PRODUCT_EXCLUDED = 40;
export const PRODUCT_ADMIT = 44;
export const PRODUCT_SUMS = 48;
export const PRODUCT_ABOVE_F64 = 56;
export const PRODUCT_MIN_SCORE_F64 = 64;
export const PRODUCT_BYTES = 72;

// One side of alternating least squares: its cells and factors, and what it takes from the other side.
export const ALS_STARTS = 0;
export const ALS_INDICES = 4;
export const ALS_WEIGHTS = 8;
export const ALS_L2 = 12;
export const ALS_FACTORS = 16;
export const ALS_OTHERS = 20;
export const ALS_GRAM = 24;
export const ALS_STRIDE = 28;
export const ALS_SCRATCH = 32;
export const ALS_BYTES = 40;

// Skip-gram: sizes, tables, rows, the generator's state (four u32), and room for the targets and steps of one pair.
export const SKIP_GRAM_WORDS = 0;
export const SKIP_GRAM_STRIDE = 4;
export const SKIP_GRAM_WINDOW = 8;
export const SKIP_GRAM_NEGATIVE = 12;
export const SKIP_GRAM_SIGMOID = 16;
export const SKIP_GRAM_ACCEPT = 20;
export const SKIP_GRAM_ALIAS = 24;
export const SKIP_GRAM_INPUT = 28;
export const SKIP_GRAM_OUTPUT = 32;
export const SKIP_GRAM_RANDOM = 36;
export const SKIP_GRAM_TARGETS = 40;
export const SKIP_GRAM_STEPS = 44;
export const SKIP_GRAM_BYTES = 48;

// GloVe: sizes, and the rows and biases of the words, then of the contexts, each with its sums of squares.
export const GLOVE_WORDS = 0;
export const GLOVE_STRIDE = 4;
export const GLOVE_ROWS = 8;
export const GLOVE_SQUARES = 12;
export const GLOVE_BIASES = 16;
export const GLOVE_BIAS_SQUARES = 20;
export const GLOVE_BYTES = 24;
