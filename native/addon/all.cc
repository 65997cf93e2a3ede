// All of this room, compiled as one unit, so that headers are read once.
#include "addon/bind_corpus.cc"
#include "addon/bind_kernels.cc"
#include "addon/bind_linear.cc"
#include "addon/bind_search.cc"
#include "addon/bind_sparse.cc"
#include "addon/bind_training.cc"
#include "addon/module.cc"
