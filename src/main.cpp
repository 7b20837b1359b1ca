#include "app/cli.hpp"
#include "base/sodium.hpp"

int main(int argc, char** argv) {
    alma::initialise_sodium();
    return alma::app::run_command_line(argc, argv);
}
