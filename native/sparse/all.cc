// All of this room, compiled as one unit, so that headers are read once.
#include "sparse/corated.cc"
#include "sparse/full.cc"
#include "sparse/neighbors.cc"
#include "sparse/open_neighbors.cc"
#include "sparse/sparse_topk.cc"
