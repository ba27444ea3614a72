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
#include "difftrack/core/error.hpp"

namespace difftrack::cli {

namespace {

[[noreturn]] void start(const std::vector<char*>& arguments, int output, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(output, STDOUT_FILENO);
  if (errors >= 0) dup2(errors, STDERR_FILENO);
  execvp(arguments.front(), arguments.data());
  _exit(kCannotStart);
}

/// Reads to the end of the pipe, until this process is interrupted, or the child is to end.
void read_lines(int pipe, const std::function<void(const std::string&)>& on_line,
                const std::function<bool()>& ended_early) {
  constexpr int kLookUp = 200;  // [ms]: a signal may arrive just before the wait for more
  std::array<char, 4096> buffer;
  std::string text;
  while (interrupted == 0 && !(ended_early && ended_early())) {
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

int run_child(const std::vector<std::string>& command, const std::function<void(const std::string& line)>& on_line,
              const ChildOptions& options) {
  std::vector<char*> arguments;  // made before the fork: between it and execvp nothing may allocate
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  const int errors =
      options.errors.empty() ? -1 : open(options.errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (!options.errors.empty() && errors < 0)
    throw core::InputError({options.errors, "", ""}, std::string("cannot be written: ") + std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) start(arguments, ends[1], errors);
  close(ends[1]);
  if (errors >= 0) close(errors);
  if (child > 0) read_lines(ends[0], on_line, options.ended_early);
  close(ends[0]);
  if (child < 0) throw std::runtime_error(std::string("no new process: ") + std::strerror(errno));
  if (interrupted != 0 || (options.ended_early && options.ended_early())) kill(child, SIGTERM);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  stop_if_interrupted();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace difftrack::cli
