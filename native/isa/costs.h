// Where one way to search overtakes another, for each level: what `npm run bench:costs` measures, and rewrites with `-- --write`.
// They decide how fast a search is, never what it answers.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kindred {

constexpr size_t kNever = SIZE_MAX;
// Rows of fewer elements than these, and all others, differ in what their codes cost.
constexpr size_t kLengths[] = {96, 192, 512};

struct Costs {
  // Queries from which tiles score every row faster than a scan for each query.
  size_t tiles;
  // Queries from which float32 products sift rows that are not encoded faster than scoring them all.
  size_t floats;
  // Queries from which integer products of half codes sift faster than planes, and of whole ones faster than either, by length;
  // kNever where they never do.
  size_t half_codes[4];
  size_t codes[4];
  // Rows from which sifting an encoded copy is faster than scoring every row.
  size_t rows;
  // Elements from which that holds for rows that lie in a cache.
  size_t elements;
  // A filter pays while no more than one row in so many is wanted.
  size_t part;
  // Elements from which the neighbours of all rows are found faster by computing each pair once.
  size_t pairs;

  static size_t length_of(size_t dim) {
    size_t length = 0;
    while (length < 3 && dim >= kLengths[length]) length++;
    return length;
  }
  size_t half_codes_for(size_t dim) const { return half_codes[length_of(dim)]; }
  size_t codes_for(size_t dim) const { return codes[length_of(dim)]; }
};

constexpr Costs kAmxCosts = {10, 4, {3, 3, 3, 6}, {8, 12, 32, 48}, 512, 64, 8, kNever};  // Intel(R) Xeon(R) Processor, 2026-11-29
constexpr Costs kAvx512VnniCosts = {24, 6, {6, 10, 10, 10}, {6, 6, 8, 12}, 256, 32, 32, 96};  // AMD EPYC, 2026-12-01
constexpr Costs kAvx512Costs = {20, 6, {6, 10, 10, 12}, {6, 10, kNever, kNever}, 256, 32, 32, 32};  // AMD EPYC, 2026-12-01
constexpr Costs kAvx2VnniCosts = {20, 6, {3, 4, 12, 14}, {3, 4, 12, 14}, 256, 32, 8, 32};  // AMD EPYC, 2026-11-24; floats: Intel(R) Xeon(R) Processor, 2026-11-29
constexpr Costs kAvx2Costs = {20, 6, {6, 6, 6, 12}, {12, 20, kNever, kNever}, 256, 32, 64, 32};  // AMD EPYC, 2026-12-01
constexpr Costs kNeonI8mmCosts = {20, 6, {3, 4, 12, 14}, {3, 4, 12, 14}, 256, 32, 8, 32};  // not measured: as avx2-vnni
constexpr Costs kNeonDotprodCosts = {20, 6, {3, 4, 12, 14}, {3, 4, 12, 14}, 256, 32, 8, 32};  // not measured: as avx2-vnni
constexpr Costs kNeonCosts = {20, 6, {6, 6, 6, 12}, {12, 20, kNever, kNever}, 256, 32, 64, 32};  // not measured: as avx2
constexpr Costs kScalarCosts = {32, kNever, {kNever, kNever, kNever, kNever}, {kNever, kNever, kNever, kNever}, kNever, kNever, kNever, kNever};  // AMD EPYC, 2026-11-24

}  // namespace kindred
