// The unit tests.
#include "base/sodium.hpp"

#include <gmock/gmock.h>

int main(int argc, char** argv) {
    alma::initialise_sodium();
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
