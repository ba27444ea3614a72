// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <iterator>

#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::core {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_whole(const std::string& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

/// What AtomicFile says to `path`; empty when it takes it.
std::string refusal(const std::string& path) {
  try {
    AtomicFile file(path);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

std::ptrdiff_t entries(const TemporaryFolder& folder) {
  return std::distance(fs::directory_iterator(folder / ""), fs::directory_iterator());
}

TEST(AtomicFile, AppearsWholeOnCommitAndNotAtAllWithout) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.txt", other = folder / "b.txt";
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
  {
    AtomicFile file(path);
    file.write("whole");
    file.commit();
  }
  EXPECT_EQ(content(path), "whole");
  {
    AtomicFile file(other);
    file.write("whole");
    file.finish();  // on disk, but without its name
    EXPECT_FALSE(std::filesystem::exists(other));
  }
  EXPECT_EQ(entries(folder), 1);  // a.txt alone
  EXPECT_THROW(AtomicFile("/no/such/folder/x"), InputError);
  EXPECT_THROW(AtomicFile(folder / ""), InputError);
  EXPECT_THROW(AtomicFile(""), InputError);
  EXPECT_THROW(AtomicFile("-"), InputError);
}

TEST(AtomicFile, WhatIsNoPlainFileIsRefusedAndStays) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder / "pipe"), (folder / "pipe") + ": cannot be written: is a pipe, no plain file");
  fs::create_symlink("pipe", folder / "link");
  EXPECT_THAT(refusal(folder / "link"), HasSubstr("is a pipe"));
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_THAT(refusal("/dev/full"), HasSubstr("/dev/full: cannot be written: is a device"));
  EXPECT_THAT(refusal(folder / "."), HasSubstr("is a folder"));
  EXPECT_THAT(refusal("/dev/stdout"), HasSubstr("/dev/stdout: cannot be written: stands for an open descriptor"));
  EXPECT_EQ(entries(folder), 2);
}

TEST(AtomicFile, SymbolicLinksAreFollowedAndStay) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "disk");
  std::ofstream(folder / "disk/old.txt") << "old";
  fs::create_symlink("disk/old.txt", folder / "near");  // relative to the link's folder, whatever the working one
  fs::create_symlink(folder / "near", folder / "far");
  write_whole(folder / "far", "new");
  EXPECT_EQ(content(folder / "disk/old.txt"), "new");
  EXPECT_TRUE(fs::is_symlink(folder / "far"));
  EXPECT_TRUE(fs::is_symlink(folder / "near"));

  fs::create_symlink("disk/none.txt", folder / "dangling");
  write_whole(folder / "dangling", "made");
  EXPECT_EQ(content(folder / "disk/none.txt"), "made");
  EXPECT_TRUE(fs::is_symlink(folder / "dangling"));

  fs::create_symlink("nowhere/x.txt", folder / "lost");
  EXPECT_THAT(refusal(folder / "lost"), HasSubstr("whose folder does not exist"));
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  EXPECT_THAT(refusal(folder / "a"), HasSubstr("loop"));
}

TEST(AtomicFile, KeepsTheModeOfTheFileThatItReplaces) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.txt";
  write_whole(path, "first");
  for (const auto mode : {fs::perms(0640), fs::perms(0600), fs::perms(0755)}) {
    fs::permissions(path, mode);
    write_whole(path, "again");
    EXPECT_EQ(fs::status(path).permissions(), mode);
  }
  fs::create_hard_link(path, folder / "other");
  write_whole(path, "new");
  EXPECT_EQ(content(folder / "other"), "again");  // as with every file that appears whole
}

/// A process that is half way through writing `path`, until it is killed.
class HalfWay {
 public:
  explicit HalfWay(const std::string& path) {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0) return;
    child_ = fork();
    if (child_ == 0) {
      AtomicFile file(path);
      file.write("half");
      const bool told = write(ready[1], "x", 1) == 1;
      while (told) pause();
      _exit(1);
    }
    close(ready[1]);
    char byte = 0;
    started_ = child_ > 0 && read(ready[0], &byte, 1) == 1;
    close(ready[0]);
  }
  ~HalfWay() { die(); }
  HalfWay(const HalfWay&) = delete;
  HalfWay& operator=(const HalfWay&) = delete;

  bool started() const { return started_; }
  std::string part(const std::string& path) const { return path + "." + std::to_string(child_) + ".part"; }
  void die() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = -1;
  }

 private:
  pid_t child_ = -1;
  bool started_ = false;
};

TEST(AtomicFile, WhatAKilledProcessLeftIsRemovedAndWhatALivingOneWritesIsNot) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.txt";
  HalfWay killed(path);
  const HalfWay living(path);
  ASSERT_TRUE(killed.started() && living.started());
  const std::string left = killed.part(path), written = living.part(path);
  killed.die();
  ASSERT_TRUE(fs::exists(left) && fs::exists(written));
  for (const std::string other : {"a.txt.part", "a.txt.1x.part", "a.txt..part", "ba.txt.12.part", "a.txt.12.parts"})
    std::ofstream(folder / other) << "mine";
  write_whole(folder / "b.txt", "another target");
  EXPECT_TRUE(fs::exists(left));

  fs::create_symlink("a.txt", folder / "link");  // another name of the same target
  write_whole(folder / "link", "whole");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(written));
  EXPECT_EQ(entries(folder), 3 + 1 + 5);  // a.txt, b.txt, link; what is being written; files of other names
}

TEST(AtomicFile, IsLockedUntilItHasItsName) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.txt";
  AtomicFile file(path);
  file.write("whole");
  file.finish();
  EXPECT_THAT(refusal(path), HasSubstr("is being written under the name"));  // the same name, in the same process
  file.commit();
  EXPECT_EQ(content(path), "whole");
  EXPECT_EQ(refusal(path), "");
}

}  // namespace
}  // namespace difftrack::core
