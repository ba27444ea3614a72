// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace difftrack::core {

/// TARGET.PID.part, what a file of this process is called until it is whole.
std::string part_name(const std::string& target);

/// Creates the file and locks it, for as long as the descriptor is open; the system lets go when the process dies. -1
/// and errno when that fails; EEXIST: the file is there, and may be somebody's. Without a lock where the file system
/// knows none.
int open_part(const std::string& part, mode_t mode);

/// Removes the TARGET.NUMBER.part of processes that were killed: those on which no one holds a lock. A process number
/// alone would not tell, since numbers come again and other machines share folders. Where the file system knows no
/// locks nothing is removed.
void remove_parts_left_behind(const std::string& target);

}  // namespace difftrack::core
