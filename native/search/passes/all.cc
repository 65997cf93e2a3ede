// All of this room, compiled as one unit, so that headers are read once.
#include "search/passes/code_columns.cc"
#include "search/passes/code_pass.cc"
#include "search/passes/float_pass.cc"
#include "search/passes/half_code_pass.cc"
#include "search/passes/plane_pass.cc"
#include "search/passes/plane_queries.cc"
