// All of this room, compiled as one unit, so that headers are read once.
#include "rows/corpus.cc"
#include "rows/encoded_rows.cc"
