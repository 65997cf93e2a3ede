#!/usr/bin/env bash
# Runs the tests of the native engine on an addon built with AddressSanitizer and UndefinedBehaviorSanitizer, and searches while rows
# change under ThreadSanitizer, in a copy of the package that is thrown away. npm tells node-gyp where the
# headers of Node are. The first finding ends its test process, with its report.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

runtime=$(${CXX:-g++} -print-file-name=libasan.so)
if [[ ! -e $runtime ]]; then
  echo 'AddressSanitizer not found: it comes with g++ (Debian: apt-get install g++)'
  exit 1
fi

cd "$checkout"
cp -r package.json tsconfig.json vitest.config.ts binding.gyp README.md native src test docs examples "$copy"
mkdir -p "$copy/bench"
if [[ -d bench/native ]]; then cp -r bench/native "$copy/bench"; fi
if [[ -d dist ]]; then cp -r dist "$copy"; fi
ln -s "$checkout/node_modules" "$copy/node_modules"

cd "$copy"
# Builds the addon with these sanitizers.
build_with() {
  echo "building with $(${CXX:-g++} --version | head -n 1), $*"
  if ! CXXFLAGS="-g1 -fno-omit-frame-pointer $*" LDFLAGS="$1" node node_modules/node-gyp/bin/node-gyp.js rebuild --jobs max > build.log 2>&1; then
    tail -n 40 build.log
    echo "the addon could not be built with $*"
    exit 1
  fi
}

# Node is no program for ThreadSanitizer: a program of ours has all of the addon but what speaks to JavaScript.
failed=0
build_with -fsanitize=thread
mapfile -t objects < <(find build/Release/obj.target -path '*/native/*' -name '*.o' ! -path '*/addon/*' ! -path '*/limits*')
${CXX:-g++} -std=c++17 -O1 -g1 -fsanitize=thread -Inative test/fixtures/races.cc "${objects[@]}" -o races -lpthread -ldl
# Some kernels spread addresses more widely than its runtime expects.
placed=()
if setarch -R true 2> /dev/null; then placed=(setarch -R); fi
TSAN_OPTIONS=halt_on_error=1 "${placed[@]}" ./races || failed=1

build_with -fsanitize=address,undefined -fno-sanitize-recover=all
nm -D build/Release/kindred.node | grep __asan_init > /dev/null

# Node itself is not instrumented, so the runtime comes first; V8 frees nothing at exit, and handles faults of its own.
# Instrumented code is slow, so a test may take ten minutes.
sanitized() {
  LD_PRELOAD="$runtime" ASAN_OPTIONS=detect_leaks=0:handle_segv=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 \
    KINDRED_SANITIZED=1 node node_modules/vitest/vitest.mjs run --no-file-parallelism --reporter=dot \
    --testTimeout=600000 "$@"
}
# Levels of other backends have nothing to sanitize. The certificate takes as long as all others together: side by side.
sanitized test/backend/certificate -t native > certificate.log 2>&1 &
certificate=$!
sanitized test/backend/conformance/conformance.test.ts test/backend/conformance/search-async.test.ts -t native || failed=1
sanitized test/backend/native/native.test.ts test/index-file-damage test/engine || failed=1
wait "$certificate" || failed=1
cat certificate.log
exit "$failed"
