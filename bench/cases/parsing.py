"""Parsers in memory. bench/micro has more of them: build/release/bench/micro_benchmarks runs them all."""

from contest import Case, Contest
from places import program
from tools import micro_benchmark


def multipart(_):
    """Limit: the bytes copied once, and searched once for the delimiter that ends them."""
    micro_benchmarks = program("micro_benchmarks")
    yield Contest(micro_benchmark(micro_benchmarks, "parse_multipart_of_10_mb"),
                  {"memcpy and memmem": micro_benchmark(micro_benchmarks, "copy_and_search_10_mb")})


CASES = [Case("multipart", "a multipart body of 10 MB, in memory", 0.5, multipart, unit="B/s")]
