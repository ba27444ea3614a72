// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/input_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "difftrack/core/error.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::core {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const FolderFilter kHits{has_input_ending, "file of hits"};

class InputFiles : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* folder : {"run1", "run2", "none"}) fs::create_directory(folder_ / folder);
    for (const char* name : {"run1/hits2.npz", "run1/hits10.npz", "run1/hits1.csv.gz", "run1/notes.md",
                             "run1/.hidden.npz", "run2/hits1.root", "[a].npz", "none/readme.md"})
      std::ofstream(folder_ / name) << name;
    fs::create_directory(folder_ / "run1/deeper.npz");
  }

  /// The files without the temporary folder's name.
  std::vector<std::string> files(const std::vector<std::string>& arguments, const std::string& list = "") const {
    std::vector<std::string> paths, names;
    for (const std::string& each : arguments) paths.push_back(folder_ / each);
    for (const std::string& each : input_files(paths, list.empty() ? "" : folder_ / list, kHits))
      names.push_back(fs::relative(each, folder_ / "").string());
    return names;
  }
  std::string refusal(const std::vector<std::string>& arguments, const std::string& list = "") const {
    try {
      files(arguments, list);
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
};

using Names = std::vector<std::string>;

TEST_F(InputFiles, StayInTheOrderOfTheArguments) {
  EXPECT_EQ(
      files({"run2/hits1.root", "run1/hits2.npz", "run1/notes.md"}),
      (Names{"run2/hits1.root", "run1/hits2.npz", "run1/notes.md"}));  // what is named is taken, whatever its name
}

TEST_F(InputFiles, AFolderIsItsFilesByNameAndNothingElse) {
  EXPECT_EQ(files({"run1"}), (Names{"run1/hits1.csv.gz", "run1/hits10.npz", "run1/hits2.npz"}));
  EXPECT_EQ(files({"run2/", "run1/notes.md"}), (Names{"run2/hits1.root", "run1/notes.md"}));
  EXPECT_THAT(refusal({"none"}), HasSubstr("none: has no file of hits in it"));
}

TEST_F(InputFiles, APatternIsWhatItMatchesUnlessAFileHasThatName) {
  EXPECT_EQ(files({"run*/hits1*"}), (Names{"run1/hits1.csv.gz", "run1/hits10.npz", "run2/hits1.root"}));
  EXPECT_EQ(files({"run?"}), (Names{"run1/hits1.csv.gz", "run1/hits10.npz", "run1/hits2.npz", "run2/hits1.root"}));
  EXPECT_EQ(files({"[a].npz"}), (Names{"[a].npz"}));
  EXPECT_THAT(refusal({"run3/*.npz"}), HasSubstr("run3/*.npz: no file matches this pattern"));
}

TEST_F(InputFiles, AListNamesOneArgumentPerLineFromItsOwnFolder) {
  std::ofstream(folder_ / "run1/list.txt") << "# the first run\n\n  hits2.npz \r\n../run2\n" << folder_ / "[a].npz\n";
  EXPECT_EQ(files({"run1/hits10.npz"}, "run1/list.txt"),
            (Names{"run1/hits10.npz", "run1/hits2.npz", "run2/hits1.root", "[a].npz"}));
  std::ofstream(folder_ / "bad.txt") << "run1/hits2.npz\nrun1/hits3.npz\n";
  EXPECT_EQ(refusal({}, "bad.txt"), (folder_ / "bad.txt") + ": line 2 = '" + (folder_ / "run1/hits3.npz") +
                                        "': no such file, or not to be read");
  std::ofstream(folder_ / "empty.txt") << "# nothing\n";
  EXPECT_THAT(refusal({}, "empty.txt"), HasSubstr("empty.txt: names no file"));
  EXPECT_THAT(refusal({}, "missing.txt"), HasSubstr("missing.txt: no such list"));
  EXPECT_THAT(refusal({}, "run1"), HasSubstr("run1: no such list"));
}

TEST_F(InputFiles, NamedTwiceIsRefused) {
  EXPECT_THAT(refusal({"run1/hits2.npz", "run1/hits2.npz"}), HasSubstr("hits2.npz: is named twice"));
  EXPECT_THAT(refusal({"run1/hits2.npz", "run1"}), HasSubstr("it would count twice"));
  fs::create_symlink("run1/hits2.npz", folder_ / "link.npz");
  fs::create_hard_link(folder_ / "run1/hits10.npz", folder_ / "hard.npz");
  EXPECT_THAT(refusal({"run1/hits2.npz", "link.npz"}), HasSubstr("link.npz: is the same file as"));
  EXPECT_THAT(refusal({"hard.npz", "run1/hits10.npz"}), HasSubstr("is the same file as"));
}

TEST_F(InputFiles, NothingAndNoFileAreRefused) {
  EXPECT_THAT(refusal({}), HasSubstr("no input"));
  EXPECT_THAT(refusal({"missing.npz"}), HasSubstr("missing.npz: no such file"));
  EXPECT_THROW(input_files({"/dev/zero"}, "", kHits), InputError);
}

}  // namespace
}  // namespace difftrack::core
