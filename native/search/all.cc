// All of this room, compiled as one unit, so that headers are read once.
#include "search/certified.cc"
#include "search/graph.cc"
#include "search/graph_tiles.cc"
#include "search/search.cc"
