export declare const ROWS: number;
export declare const DIM: number;
export declare const QUERIES: number;
export declare const K: number;
export declare function makeRows(): Float32Array;
export declare function makeQueries(): Float32Array;
export declare function fingerprint(positions: Uint32Array, scores: Float64Array): string;
