/** The part of the contract about dense rows: their elements, and how two of them are compared. */

export type Metric = 'cosine' | 'dot' | 'euclidean';

/** Element types that kernels read. Other inputs are widened or narrowed to these by the facade. */
export type Floats = Float32Array | Float64Array;

/** Row-major rows: row `i` is `data[i*dim .. (i+1)*dim)`. `data` may start at any byteOffset and be longer. */
export interface Rows<T extends Floats = Floats> {
  readonly data: T;
  readonly rows: number;
  readonly dim: number;
}

/**
 * How a corpus stores an element. All but float64 widen to float32 exactly, so their scores are those of the float32
 * rows they stand for; a float64 corpus has the scores of float64 operands.
 */
export type Dtype = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int8';

/** Stored elements: float16 and bfloat16 as their bits in a Uint16Array. */
export type Elements = Float32Array | Float64Array | Uint16Array | Int8Array;
