// `golden file [level ...]`: asks each level that this CPU has, or those named, everything that the golden file holds. Prints a line
// for each, and ends with 1 if an answer is not the reference's or a level that was named cannot run. Levels behind `--emulated` run
// even where the CPU seems to lack them: this program was linked with something that stands for their instructions. With `--share`,
// for slow machines, a level gets one case of five, each level another one, and a search goes one of the ways.
#include <cstdio>
#include <fstream>
#include <set>

#include "golden.h"
#include "machine/pool.h"

using namespace kindred;
using namespace kindred::golden;

namespace {

// Differences that are printed; what is behind the first one of a case may follow from it.
constexpr size_t kMostPrinted = 10;

constexpr size_t kShares = 5;

// Neighbours in the file differ in one feature: the share moves, so as not to meet the same value each time.
bool is_in_share(size_t number, size_t share) { return (number + number / kShares) % kShares == share; }

// Asks one level all cases, or those of a share if it is below kShares. Returns whether all answers agree.
bool run(const Level& level, const std::vector<uint8_t>& bytes, size_t share) {
  Operations operations;
  add_pairs_and_matrices(operations, level);
  add_corpora(operations, level, share == kShares);
  add_sparse(operations);
  add_linear(operations, level);
  add_training(operations, level);

  Reader file(bytes);
  std::string current;
  std::set<std::string> wrong;
  size_t number = 0, cases = 0, done = 0;
  bool is_asked = true;
  while (!file.is_at_end()) {
    const std::string name = file.text();
    const uint8_t* end = file.operation_end();
    if (name == "case") {
      current = file.text();
      is_asked = share == kShares || is_in_share(number, share);
      number++;
      cases += is_asked;
      continue;
    }
    if (!is_asked) {
      file.pass_to(end);
      continue;
    }
    try {
      operations.at(name)(file);
      if (!file.is_at(end)) throw std::runtime_error(name + " was not read as it was written");
      done++;
    } catch (const Difference& difference) {
      if (wrong.insert(current).second && wrong.size() <= kMostPrinted) {
        std::printf("%s DIFFERS in %s: %s\n", level.name, current.c_str(), difference.what());
      }
      file.pass_to(end);
    }
  }
  if (done == 0) throw std::runtime_error("the golden file is empty");
  std::printf("%s: %zu cases, %zu operations, %s\n", level.name, cases, done, wrong.empty() ? "ok" : "WRONG");
  std::fflush(stdout);
  return wrong.empty();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::printf("usage: golden file [level ...]\n");
    return 2;
  }
  std::ifstream stream(arguments[1], std::ios::binary | std::ios::ate);
  std::vector<uint8_t> bytes(stream.tellg());
  stream.seekg(0).read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::set<std::string> named(arguments + 2, arguments + count);
  const bool are_emulated = named.erase("--emulated") > 0, are_shared = named.erase("--share") > 0;
  const bool all_levels = named.empty();
  // Threads live as long as somebody holds the pool.
  const auto pool = Pool::shared();
  bool failed = false;
  for (const Level& level : levels()) {
    const bool wanted = named.erase(level.name) > 0;
    if (!all_levels && !wanted) continue;
    if (level.obstacle.empty() || (wanted && are_emulated)) {
      const size_t number = static_cast<size_t>(&level - levels().data());
      failed |= !run(level, bytes, are_shared ? number % kShares : kShares);
    } else {
      std::printf("%s - not run: %s\n", level.name, level.obstacle.c_str());
      failed |= wanted;
    }
  }
  for (const std::string& name : named) std::printf("%s - there is no such level\n", name.c_str());
  return failed || !named.empty() ? 1 : 0;
}
