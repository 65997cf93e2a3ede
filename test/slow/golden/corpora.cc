// The life of corpora, and searches of them: as the rows are, then all of them encoded, by every way that the level has.
#include <cmath>

#include "golden.h"
#include "rows/corpus.h"
#include "search/graph.h"
#include "search/search.h"

namespace kindred::golden {

namespace {

constexpr Way kWays[] = {Way::kByCosts, Way::kScan,      Way::kTiles, Way::kFloats,
                         Way::kPlanes,  Way::kHalfCodes, Way::kCodes};
constexpr const char* kWayNames[] = {"by costs", "scan", "tiles", "floats", "planes", "half codes", "codes"};

// Blocks of a graph that are compared, besides its last one.
constexpr size_t kBlocksChecked = 2;

Dtype dtype_of(const std::string& name) {
  return name == "float64"    ? Dtype::kFloat64
         : name == "float16"  ? Dtype::kFloat16
         : name == "bfloat16" ? Dtype::kBFloat16
         : name == "int8"     ? Dtype::kInt8
                              : Dtype::kFloat32;
}

struct Held {
  Corpus corpus;
  size_t threads;
  bool by_every_way;
  size_t turn;  // of the ways, where a search goes one of them
};
using Corpora = std::map<size_t, std::unique_ptr<Held>>;

Answer ask(const Corpus& corpus, const uint8_t* queries, size_t count, const SearchOptions& options) {
  Answer answer(count, std::min(options.k, corpus.size()));
  search(corpus.snapshot(), queries, count, options, answer.rows());
  return answer;
}

void encode_all(Held& held) {
  while (held.corpus.encoded().encode(held.corpus, SIZE_MAX, held.threads) > 0) {
  }
}

void check_search(Reader& file, Held& held) {
  Corpus& corpus = held.corpus;
  const size_t element = element_bytes(query_dtype(corpus.dtype()));
  const Array<uint8_t> bytes = file.array<uint8_t>(element);
  const uint8_t* queries = bytes.data();
  const size_t count = bytes.size() / (corpus.dim() * element);
  SearchOptions options = {file.size(), file.number(), nullptr};
  const std::optional<Array<uint8_t>> admit = file.array_if_any<uint8_t>();
  if (admit) options.admit = admit->data();
  const Answer expected = read_answer(file);
  expect_same("a search of rows as they are", ask(corpus, queries, count, options), expected);
  std::vector<size_t> ways;
  for (size_t n = 0; n < std::size(kWays); n++) {
    if (kWays[n] == Way::kByCosts || has_kernels(kWays[n], corpus.filter(), corpus.dtype())) ways.push_back(n);
  }
  if (!held.by_every_way) ways = {ways[held.turn++ % ways.size()]};
  for (const size_t n : ways) {
    corpus.go(kWays[n]);
    encode_all(held);
    expect_same(std::string("a search by the way ") + kWayNames[n], ask(corpus, queries, count, options), expected);
  }
  corpus.go(Way::kByCosts);
}

// A graph finds for each row what a scan finds.
void check_graph(Reader& file, Held& held) {
  Corpus& corpus = held.corpus;
  SearchOptions options = {file.size(), file.number(), nullptr};
  const std::optional<Array<uint8_t>> admit = file.array_if_any<uint8_t>();
  if (admit) options.admit = admit->data();
  // Queries are float32 or float64: only such rows can be asked for without widening them here.
  if (query_dtype(corpus.dtype()) != corpus.dtype()) return;
  corpus.go(Way::kCodes);
  encode_all(held);
  const std::shared_ptr<Graph> graph = Graph::open(corpus.snapshot(), options.k, options.min_score, options.admit);
  corpus.go(Way::kScan);
  for (size_t block = 0; graph && block < graph->blocks(); block++) {
    const std::vector<uint32_t> rows = graph->rows(block);
    Answer found(rows.size(), graph->stride());
    if (!graph->run(block, nullptr) || !graph->take(block, found.rows())) throw Difference("a block of a graph is lost");
    if (block >= kBlocksChecked && block + 1 < graph->blocks()) continue;
    std::vector<double> queries(rows.size() * corpus.row_bytes() / sizeof(double) + 1);
    auto* bytes = reinterpret_cast<uint8_t*>(queries.data());
    for (size_t n = 0; n < rows.size(); n++) corpus.read(rows[n], 1, bytes + n * corpus.row_bytes());
    expect_same("a graph", found, ask(corpus, bytes, rows.size(), options));
  }
  corpus.go(Way::kByCosts);
}

}  // namespace

void add_corpora(Operations& operations, const Level& level, bool by_every_way) {
  const auto corpora = std::make_shared<Corpora>();
  const auto add = [&](const char* name, void (*act)(Reader&, Held&)) {
    operations[name] = [=](Reader& file) { act(file, *corpora->at(file.size())); };
  };
  operations["open"] = [=, &level](Reader& file) {
    const size_t id = file.size(), dim = file.size();
    const Metric metric = metric_of(file.text());
    const Dtype dtype = dtype_of(file.text());
    const size_t threads = 1 + id % 3;
    (*corpora)[id].reset(new Held{Corpus(&level, dim, metric, dtype, threads), threads, by_every_way, id});
  };
  add("append", [](Reader& file, Held& held) {
    const Array<uint8_t> rows = file.array<uint8_t>(element_bytes(held.corpus.dtype()));
    expect_same("append", double(held.corpus.append(rows.data(), rows.size() / held.corpus.row_bytes())), file.number());
  });
  add("overwrite", [](Reader& file, Held& held) {
    const size_t slot = file.size();
    const Array<uint8_t> row = file.array<uint8_t>(element_bytes(held.corpus.dtype()));
    expect_same("overwrite", held.corpus.overwrite(slot, row.data()), file.number());
  });
  add("read", [](Reader& file, Held& held) {
    const size_t slot = file.size(), count = file.size();
    const Array<uint8_t> expected = file.array<uint8_t>();
    std::vector<uint8_t> found(count * held.corpus.row_bytes());
    held.corpus.read(slot, count, found.data());
    expect_same("rows that are read", found.data(), expected.data(), expected.size());
  });
  add("compact", [](Reader& file, Held& held) { held.corpus.compact(file.array<uint8_t>().data()); });
  add("encode", [](Reader& file, Held& held) {
    held.corpus.encoded().encode(held.corpus, file.size(), held.threads);
  });
  add("search", check_search);
  add("graph", check_graph);
  operations["free"] = [=](Reader& file) { corpora->erase(file.size()); };
}

}  // namespace kindred::golden
