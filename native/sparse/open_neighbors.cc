// Which of the two searches for the nearest rows a similarity asks for.
#include "sparse/corated.h"
#include "sparse/full.h"
#include "sparse/rows.h"

namespace kindred {

std::unique_ptr<NeighborTask> open_neighbors(const SparseRows& matrix, const NeighborOptions& options, const uint32_t* only,
                                             size_t only_count) {
  const bool sets = options.similarity == Similarity::kJaccard || options.similarity == Similarity::kDice;
  // Sets of columns have nothing but what they share to be compared by over the columns they share.
  return (options.corated && !sets ? open_corated : open_full)(matrix, options, only, only_count);
}

}  // namespace kindred
