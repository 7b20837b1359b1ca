# Shared by the scripts of this folder: where the repository is, and how they speak.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
export LC_ALL=C.UTF-8
# Debian's own Python sees Debian's modules; another one earlier in PATH would not.
PYTHON=/usr/bin/python3
JOBS=${JOBS:-$(nproc)}

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or through sudo where one is not.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@" || die "could not run as root: $*  (run it yourself, then start again)"; fi
}

# Runs a long step with its output in a log, shown only when it fails.
# quietly NAME COMMAND...
quietly() {
    local name=$1 log status=0; shift
    log=$(mktemp)
    ("$@") >"$log" 2>&1 </dev/null || status=$?  # in a shell of its own: also what it dies of is in the log
    if [ $status != 0 ]; then
        cat "$log" >&2
        rm -f "$log"
        die "$name failed, see above"
    fi
    rm -f "$log"
}

# configure and build one preset: build_preset release app
build_preset() {
    local preset=$1; shift
    if [ ! -e "build/$preset/build.ninja" ]; then
        say "configuring build/$preset"
        quietly "cmake --preset $preset" cmake --preset "$preset"
    fi
    ninja -C "build/$preset" -j "$JOBS" "$@"
}

# the release binary, and what script/bench needs beside it
build_release_and_benchmarks() {
    quietly "cmake --preset release" cmake --preset release -DALMA_BENCHMARKS=ON
    build_preset release app benchmarks
}
