/**
 * The choices and sizes of src/backend/wasm/module/abi.ts, with the types that choices and addresses have here. Offsets
 * of records need none, and are imported from there.
 */
import * as abi from '../src/backend/wasm/module/abi';

export const COSINE: u32 = abi.COSINE;
export const EUCLIDEAN: u32 = abi.EUCLIDEAN;
export const FLOAT32: u32 = abi.FLOAT32;
export const FLOAT64: u32 = abi.FLOAT64;
export const FLOAT16: u32 = abi.FLOAT16;
export const BFLOAT16: u32 = abi.BFLOAT16;
export const RAW: u32 = abi.RAW;
export const ROTATED: u32 = abi.ROTATED;
export const FACTOR: u32 = abi.FACTOR;
export const INVERT: u32 = abi.INVERT;
export const MULTIPLY: u32 = abi.MULTIPLY;

export const LANES: usize = abi.LANES;
export const TALL: usize = abi.TALL;
export const FLAT: usize = abi.FLAT;
export const TILE: usize = abi.TILE;
export const STRIP_ROWS: usize = abi.STRIP_ROWS;
export const STRIP_BYTES: usize = abi.STRIP_BYTES;
export const PAIR_BYTES: usize = abi.PAIR_BYTES;
export const BEST_HEAD_BYTES: usize = abi.BEST_HEAD_BYTES;
export const QUERY_FINE: usize = abi.QUERY_FINE;
export const QUERY_COARSE: usize = abi.QUERY_COARSE;
export const QUERY_SIFT: usize = abi.QUERY_SIFT;
export const QUERY_HEAD_BYTES: usize = abi.QUERY_HEAD_BYTES;
export const QUERY_BYTES_PER_PLANE_BYTE: usize = abi.QUERY_BYTES_PER_PLANE_BYTE;
export const CANDIDATE_BYTES: usize = abi.CANDIDATE_BYTES;
