#include "storage/disk_inventory.hpp"

#include "base/error.hpp"
#include "support/run.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>

#include <fstream>
#include <set>

namespace alma::storage {
namespace {

class DiskInventoryTest : public testing::Test {
protected:
    static std::filesystem::path made(std::filesystem::path path) {
        std::filesystem::create_directory(path);
        return path;
    }

    void write(const std::string& key, const std::string& content) const {
        std::filesystem::create_directories((root / key).parent_path());
        std::ofstream(root / key) << content;
    }

    std::vector<ObjectInfo> listed() {
        return run([&]() -> awaitable<std::vector<ObjectInfo>> {
            const std::unique_ptr<ObjectListing> listing = inventory.list();
            std::vector<ObjectInfo> objects;
            while (true) {
                std::vector<ObjectInfo> page = co_await listing->next();
                EXPECT_LE(page.size(), 1000u);
                if (page.empty()) {
                    unread = listing->unread();
                    co_return objects;
                }
                std::ranges::move(page, std::back_inserter(objects));
            }
        });
    }

    std::vector<std::string> unread;  ///< by the last listed()
    TemporaryDirectory directory;
    const std::filesystem::path root = made(directory / "objects");
    WorkerPool files{"test", 1, 64};
    DiskInventory inventory{root, files};
};

TEST_F(DiskInventoryTest, AnEmptyStoreHasNothingToList) {
    EXPECT_TRUE(listed().empty());
}

TEST_F(DiskInventoryTest, AMissingDirectoryIsSaidAndNotMade) {
    const std::filesystem::path missing = directory / "missing/resumes";
    try {
        const DiskInventory other(missing, files);
        ADD_FAILURE() << "nothing was said";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable);
        EXPECT_THAT(error.what(), testing::HasSubstr(missing.string()));
    }
    EXPECT_FALSE(std::filesystem::exists(missing.parent_path()));
    std::filesystem::remove(root);
    EXPECT_THROW(run(inventory.remove("ab/one")), Error);
    EXPECT_FALSE(std::filesystem::exists(root));
}

TEST_F(DiskInventoryTest, Removes) {
    write("ab/one", "1");
    run(inventory.remove("ab/one"));
    run(inventory.remove("ab/one"));
    EXPECT_TRUE(listed().empty());
}

TEST_F(DiskInventoryTest, ListsKeysSizesAndTimes) {
    write("ab/one", "1");
    write("top", "333");
    const std::vector<ObjectInfo> objects = listed();
    ASSERT_EQ(objects.size(), 2u);
    for (const ObjectInfo& object : objects) {
        EXPECT_EQ(object.size, object.key == "top" ? 3u : 1u) << object.key;
        EXPECT_LT(std::chrono::abs(object.modified_at - SystemClock().now()), std::chrono::minutes(1));
    }
}

TEST_F(DiskInventoryTest, ListsEachOfManyOnceInPages) {
    for (int i = 0; i < 2500; ++i)
        write("ab/" + std::to_string(i), "x");
    std::set<std::string> keys;
    for (const ObjectInfo& object : listed())
        EXPECT_TRUE(keys.insert(object.key).second) << object.key;
    EXPECT_EQ(keys.size(), 2500u);
}

TEST_F(DiskInventoryTest, FollowsNoSymbolicLink) {
    std::filesystem::create_directory(directory / "outside");
    std::ofstream(directory / "outside/secret") << "secret";
    std::filesystem::create_directory_symlink(directory / "outside", root / "ab");
    std::filesystem::create_symlink(directory / "outside/secret", root / "link");
    EXPECT_TRUE(listed().empty());
}

TEST_F(DiskInventoryTest, EntersNoDirectoryThatIsNotOfKeys) {
    write("lost+found/one", "1");
    write("AB/two", "2");
    write("ab/cd/three", "3");
    EXPECT_TRUE(listed().empty());
    EXPECT_TRUE(unread.empty());
}

TEST_F(DiskInventoryTest, SaysWhatCannotBeReadAndListsTheRest) {
    write("ab/one", "1");
    write("cd/two", "2");
    using std::filesystem::perms;
    constexpr perms open_to_all{0755};
    for (const std::filesystem::path& path : {directory.path(), root, root / "cd"})
        std::filesystem::permissions(path, open_to_all);
    std::filesystem::permissions(root / "ab", perms::none);
    // From root nothing can be kept: its thread lists as another user.
    auto become_nobody = [] { ::setfsuid(65534); };
    run(offload(files, std::move(become_nobody)));
    const std::vector<ObjectInfo> objects = listed();
    std::filesystem::permissions(root / "ab", perms::owner_all);
    ASSERT_EQ(objects.size(), 1u);
    EXPECT_EQ(objects.front().key, "cd/two");
    EXPECT_THAT(unread, testing::ElementsAre((root / "ab").string()));
}

TEST_F(DiskInventoryTest, TellsTheSizeOfAnObject) {
    write("ab/five", "12345");
    EXPECT_EQ(run(inventory.size_of("ab/five")), 5u);
    EXPECT_EQ(run(inventory.size_of("ab/none")), std::nullopt);
    EXPECT_EQ(run(inventory.size_of("ab/five/below")), std::nullopt);
    std::filesystem::create_directory_symlink(root / "ab", root / "cd");
    EXPECT_EQ(run(inventory.size_of("cd/five")), std::nullopt) << "through a symbolic link";
    EXPECT_THROW(run(inventory.size_of("../outside")), std::logic_error);
}

}  // namespace
}  // namespace alma::storage
