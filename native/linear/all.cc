// All of this room, compiled as one unit, so that headers are read once.
#include "linear/dense_topk.cc"
#include "linear/inverse.cc"
