// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "apps/cli/interruptible.hpp"

namespace difftrack::cli {

namespace {

[[noreturn]] void start(const std::vector<char*>& arguments, int output) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(output, STDOUT_FILENO);
  execvp(arguments.front(), arguments.data());
  _exit(kCannotStart);
}

/// Reads to the end of the pipe, or until this process is interrupted.
void read_lines(int pipe, const std::function<void(const std::string&)>& on_line) {
  constexpr int kLookUp = 200;  // [ms]: a signal may arrive just before the wait for more
  std::array<char, 4096> buffer;
  std::string text;
  while (interrupted == 0) {
    pollfd ready{pipe, POLLIN, 0};
    if (poll(&ready, 1, kLookUp) <= 0) continue;
    const ssize_t got = read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
      on_line(text.substr(0, end));
  }
}

}  // namespace

int run_child(const std::vector<std::string>& command, const std::function<void(const std::string& line)>& on_line) {
  std::vector<char*> arguments;  // made before the fork: between it and execvp nothing may allocate
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) start(arguments, ends[1]);
  close(ends[1]);
  if (child > 0) read_lines(ends[0], on_line);
  close(ends[0]);
  if (child < 0) throw std::runtime_error(std::string("no new process: ") + std::strerror(errno));
  if (interrupted != 0) kill(child, SIGTERM);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  stop_if_interrupted();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace difftrack::cli
