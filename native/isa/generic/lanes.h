// The lanes that every level adds in, so that all find the same bits; and what isa/<set>/vectors.h provides for the kernels.
//
// Everything of a set stays in an unnamed namespace and uses no standard container: a shared inline function compiled there could
// be picked by the linker for everyone and crash older CPUs.
//
//   F64, F32                a register of kF64 float64, or of kF32 float32; both numbers divide kLanes
//   zero_f64() splat_f64(x) zero_f32() splat_f32(x)
//   load_f64(p)             kF64 elements of any type of dtype.h, widened
//   load_first_f64(p, n)    the first n < kF64 elements, then zeros
//   load_f32(p)             kF32 float32
//   store(p, v) store_rounded(p, v)   the second rounds float64 to float32
//   add sub mul divide square_root
//   mul_add(a, b, sum)      a * b + sum, rounded once or twice: only for exact products, or where bounds take care of roundings
//   fold(parts)             the sum of kLanes lanes in halves: + 8, + 4, + 2, + 1
//
// And where the set filters, which scalar does not:
//   load_f64(p) load_f32(p) also take int32
//   at_least(v, limits)     a bit for each lane, for F64, F32 and Sums
//   Bytes, Sums             a register of kBytes bytes, or of kSums int32
//   load_bytes(p) store_bytes(p, v)
//   load_first_bytes(p, n) store_first_bytes(p, n, v)   n < kBytes, a multiple of 16; zeros behind what is loaded
//   low_nibbles(v) high_nibbles(v)             the halves of each byte
//   join_low(high, low) join_high(high, low)   the bytes whose nibbles lie in the low or high halves of two planes
//   zero_sums() splat_sums(x) load_sums(p) store_sums(p, v) add_sums(a, b) larger(a, b)
//   add_products(sums, a, b)   adds a * b in groups of four; `a` holds nibbles, or codes where the set multiplies them
//   fold(sums, out)         the totals of kSums registers of sums
//   splat_codes(p)          where the set multiplies codes: four of them in every lane
//
// Last come the tiles that fill the registers of a set: kernels-inl.h, filter-inl.h and products-inl.h say what each is.
#pragma once
#include <cstddef>

namespace kindred {

// Lane j of a sum adds the elements i = j (mod kLanes) in increasing i.
constexpr size_t kLanes = 16;

}  // namespace kindred
