# The Debian 12 packages that each step needs, and nothing else that this project installs.
BUILD_PACKAGES=(
    ca-certificates
    clang-19 lld-19 cmake ninja-build ccache pkg-config
    libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
    libssl-dev libsqlite3-dev libpq-dev libcurl4-openssl-dev libsodium-dev libmagic-dev zlib1g-dev libgmime-3.0-dev
    libcli11-dev libfmt-dev prometheus-cpp-dev
)
# The pages of /docs come from the npm registry; any Node.js from 18 on will do.
NODE_PACKAGES=(nodejs npm)
TEST_PACKAGES=(
    libclang-rt-19-dev llvm-19
    libgtest-dev libgmock-dev
    python3 python3-pytest python3-pytest-xdist python3-requests python3-aiosmtpd python3-swift python3-psycopg2
    openssl curl procps util-linux sqlite3 postgresql-15 nginx-light prometheus chromium
    wrk nghttp2-client strace libbenchmark-dev
)
# Servers that come with these and that Debian would start; the tests start their own.
UNWANTED_SERVICES=(postgresql nginx prometheus)
BENCH_PACKAGES=(python3 python3-requests python3-psycopg2 util-linux postgresql-15 nginx-light wrk nghttp2-client strace libbenchmark-dev)
LINT_PACKAGES=(clang-format-19 clang-tidy-19)
