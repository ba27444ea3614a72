// SPDX-License-Identifier: Apache-2.0
#include "apps/train/mpi_ranks.hpp"

#include <mpi.h>

#include <numeric>

namespace difftrack::train_app {

namespace {

std::vector<std::string> gather(const std::string& mine, int size) {
  const int length = static_cast<int>(mine.size());
  std::vector<int> lengths(static_cast<std::size_t>(size)), begins(static_cast<std::size_t>(size), 0);
  MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, MPI_COMM_WORLD);
  std::partial_sum(lengths.begin(), lengths.end() - 1, begins.begin() + 1);
  std::string all(static_cast<std::size_t>(begins.back() + lengths.back()), '\0');
  MPI_Allgatherv(mine.data(), length, MPI_BYTE, all.data(), lengths.data(), begins.data(), MPI_BYTE, MPI_COMM_WORLD);
  std::vector<std::string> messages;
  for (std::size_t r = 0; r < lengths.size(); ++r)
    messages.push_back(all.substr(static_cast<std::size_t>(begins[r]), static_cast<std::size_t>(lengths[r])));
  return messages;
}

}  // namespace

MpiRanks::MpiRanks() { MPI_Init(nullptr, nullptr); }

learn::Ranks MpiRanks::ranks() const {
  learn::Ranks ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks.size);
  ranks.gather = [size = ranks.size](const std::string& mine) { return gather(mine, size); };
  return ranks;
}

void MpiRanks::finish() { MPI_Finalize(); }

}  // namespace difftrack::train_app
