# Registers the tests that FILTER names as SHARDS processes, which ctest may run side by side: the sanitized program takes
# longer to start than most of its tests. Each writes test-results/NAME.INDEX.xml with what became of its tests.
function(alma_unit_tests name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "FILTER;SHARDS;FIXTURE" "ENVIRONMENT")
    math(EXPR last "${ARG_SHARDS} - 1")
    foreach(index RANGE ${last})
        set(shard ${name}.${index})
        add_test(NAME ${shard} COMMAND unit_tests "--gtest_filter=${ARG_FILTER}" --gtest_brief=1
                 "--gtest_output=xml:${CMAKE_BINARY_DIR}/test-results/${shard}.xml")
        set_tests_properties(${shard} PROPERTIES LABELS unit TIMEOUT 600 FIXTURES_REQUIRED "${ARG_FIXTURE}"
                             ENVIRONMENT "GTEST_TOTAL_SHARDS=${ARG_SHARDS};GTEST_SHARD_INDEX=${index};${ARG_ENVIRONMENT}")
    endforeach()
endfunction()
