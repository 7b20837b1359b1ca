# Every library comes from Debian's packages; script/bootstrap installs them.
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(magic REQUIRED IMPORTED_TARGET libmagic)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq>=15)
# Only the core: the exposer of prometheus-cpp is a second HTTP server, which we do not want.
find_library(PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
if(ALMA_TESTS)
    find_package(GTest 1.12 REQUIRED)
endif()

add_library(alma_dependencies INTERFACE)
target_compile_definitions(alma_dependencies INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(alma_dependencies INTERFACE Boost::headers Boost::json Boost::url OpenSSL::SSL OpenSSL::Crypto SQLite::SQLite3
                      CURL::libcurl fmt::fmt CLI11::CLI11 ZLIB::ZLIB PkgConfig::sodium PkgConfig::magic
                      PkgConfig::gmime PkgConfig::pq ${PROMETHEUS_CORE} Threads::Threads)
