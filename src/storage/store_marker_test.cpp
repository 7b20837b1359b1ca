#include "storage/store_marker.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "support/file_size_limit.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace alma::storage {
namespace {

using testing::HasSubstr;

class StoreMarkerTest : public testing::Test {
protected:
    StoreMarkerTest() { std::filesystem::create_directory(store); }
    /// As a volume that is not mounted leaves its place.
    void put_another_in_its_place() {
        std::filesystem::rename(store, elsewhere);
        std::filesystem::create_directory(store);
    }
    [[nodiscard]] static bool is_in(const StoreMarker& marker, const std::filesystem::path& directory) {
        return marker.is_in(open_directory(directory).get());
    }

    TemporaryDirectory root;
    const std::filesystem::path store = root / "resumes";
    const std::filesystem::path elsewhere = root / "elsewhere";
};

TEST_F(StoreMarkerTest, KnowsTheStoreAgain) {
    const StoreMarker first(store);
    EXPECT_TRUE(is_in(first, store));
    const StoreMarker second(store);
    EXPECT_TRUE(is_in(second, store));
}

TEST_F(StoreMarkerTest, AnotherDirectoryIsNotTheStore) {
    const StoreMarker marker(store);
    put_another_in_its_place();
    EXPECT_FALSE(is_in(marker, store));
    EXPECT_TRUE(is_in(marker, elsewhere));
}

TEST_F(StoreMarkerTest, RefusesToStartOnAnotherDirectoryAndSaysWhatToDo) {
    {
        const StoreMarker marker(store);
    }
    put_another_in_its_place();
    try {
        const StoreMarker marker(store);
        ADD_FAILURE() << "an empty mount point passed for the store";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::invalid);
        EXPECT_THAT(error.detail(), HasSubstr(store.string()));
        EXPECT_THAT(error.detail(), HasSubstr("remove " + store.string() + ".id"));
    }
    std::filesystem::remove(store.string() + ".id");
    EXPECT_NO_THROW(StoreMarker{store});
}

TEST_F(StoreMarkerTest, RefusesAStoreOfAnotherInstallation) {
    {
        const StoreMarker marker(store);
    }
    put_another_in_its_place();
    std::filesystem::create_directory(root / "other");
    const StoreMarker of_other(root / "other");
    std::filesystem::copy(root / "other" / ".store-id", store / ".store-id");
    EXPECT_THROW(StoreMarker{store}, Error);
}

TEST_F(StoreMarkerTest, AnotherInstanceTakesOverWhatIsMarked) {
    const StoreMarker first(store);
    std::filesystem::remove(store.string() + ".id");
    const StoreMarker second(store);
    EXPECT_TRUE(is_in(first, store));
    EXPECT_TRUE(is_in(second, store));
}

TEST_F(StoreMarkerTest, WhatIsNoIdIsNone) {
    std::ofstream(store.string() + ".id") << "half an";
    EXPECT_NO_THROW(StoreMarker{store});
}

TEST_F(StoreMarkerTest, AFullDiskLeavesTheStoreUnmarked) {
    const auto with_full_disk = [&] {
        const FileSizeLimit full(0);
        return StoreMarker(store);
    };
    const StoreMarker marker = with_full_disk();
    EXPECT_TRUE(is_in(marker, store));
    put_another_in_its_place();
    EXPECT_TRUE(is_in(marker, store));
}

}  // namespace
}  // namespace alma::storage
