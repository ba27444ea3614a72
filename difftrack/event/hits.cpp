// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/hits.hpp"

namespace difftrack::event {

void Hits::append(const Hits& other, std::size_t i) {
  x.push_back(other.x[i]);
  y.push_back(other.y[i]);
  z.push_back(other.z[i]);
  edep.push_back(other.edep[i]);
  layer.push_back(other.layer[i]);
  cluster_size.push_back(other.cluster_size[i]);
  id.push_back(other.id[i]);
  if (!other.event.empty()) event.push_back(other.event[i]);
  if (!other.track.empty()) track.push_back(other.track[i]);
  if (!other.pdg.empty()) pdg.push_back(other.pdg[i]);
  if (!other.primary.empty()) primary.push_back(other.primary[i]);
  if (!other.mixed.empty()) mixed.push_back(other.mixed[i]);
  if (!other.spot_x.empty()) spot_x.push_back(other.spot_x[i]);
  if (!other.spot_y.empty()) spot_y.push_back(other.spot_y[i]);
}

}  // namespace difftrack::event
