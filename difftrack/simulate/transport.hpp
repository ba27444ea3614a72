// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/simulate/electrons.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"
#include "difftrack/simulate/phantom.hpp"
#include "difftrack/simulate/scattering.hpp"
#include "difftrack/simulate/stack.hpp"

namespace difftrack::simulate {

/// The switches of the physics.
struct Physics {
  Scattering scattering = Scattering::Geant4Like;
  bool straggling = true;
  bool nuclear = true;
  bool electrons = true;
  double step_share = 0.1;    ///< of the range that a step of geant4_like takes, see longest_step()
  bool step_shift = true;     ///< sideways, where a step of geant4_like or wentzelvi_like ends inside matter
  double electron_cut = 1.0;  ///< range [mm] above which delta electrons are particles of their own
};

/// Where the phantom stands: world = centre + rotation about y.
struct Placement {
  double z = 0.0;       ///< centre on the beam axis [mm]
  double cosine = 1.0;  ///< of the rotation angle
  double sine = 0.0;    ///< of the same
};

/// The world particles move in. The pointers outlive it; `phantom` may be null.
struct World {
  const Stack* stack = nullptr;
  const Phantom* phantom = nullptr;
  const Medium* air = nullptr;
  Placement placement;
  double phantom_step = 100.0;                 ///< [mm]
  double air_before = 0.0;                     ///< between the phantom, or the source, and the detector [mm]
  double half_width = 1e9, half_height = 1e9;  ///< [mm] aperture that records steps
  Physics physics;
};

/// Follows one event's particles through phantom and detector and appends what they deposit in sensitive layers.
///
/// Random numbers come from the event's own stream; step n of track t uses slot 8192 t + n, so that a change in one
/// track leaves the others as they were. Not thread-safe: one per thread.
class Transport {
 public:
  /// A world without stack or air can travel() alone.
  explicit Transport(const World& world);

  /// Appends the steps of `primary` and its secondaries to `steps`, as event `event`.
  void operator()(std::int64_t event, Particle primary, core::RandomStream& random, event::Steps& steps);

  /// How a length is travelled.
  enum class Way {
    Slab,    ///< to the slab's far face, in as many steps as longest_step() asks for
    ToFace,  ///< in one step to a face
    Within,  ///< in one step that ends inside the matter
  };
  /// Moves a particle along its direction through `length` mm of a medium at relative density `density`: loss,
  /// straggling, reactions, and a deflection at the end of each step. Returns false when it ended (stopped or absorbed)
  /// on the way. `foils`: of the length, what joins a slab without counting for its steps [mm].
  bool travel(const Medium& medium, double length, double density, Particle& particle, core::RandomStream& random,
              Way way = Way::Slab, double foils = 0.0);

 private:
  /// Of a length that a particle may not cross whole.
  struct Reaction {
    double share = 1.0;  // that is free of reactions
    bool reacts = false, nonelastic = false;
  };
  Reaction next_reaction(const Medium::Reactions& here, double length, Particle& particle) const;
  void follow(Particle particle, core::RandomStream& random, event::Steps& steps);
  bool cross_phantom(Particle& particle, core::RandomStream& random);
  bool cross_air(double z, Particle& particle, core::RandomStream& random);
  void cross_stack(Particle& particle, core::RandomStream& random, event::Steps& steps);
  bool cross_sensor(const Block& block, double length, Particle& particle, core::RandomStream& random,
                    event::Steps& steps);
  bool react_in_sensor(const Block& block, double length, Particle& particle, core::RandomStream& random,
                       event::Steps& steps);
  void release_deltas(const Block& sensor, const Particle& particle, core::RandomStream& random, event::Steps& steps);
  void release_own_deltas(const Block& sensor, const Vector& entry, double length, double number, double highest,
                          Particle& particle, core::RandomStream& random, event::Steps& steps);
  void record_electron(const Block& sensor, const ArrivedElectron& electron, const Particle& parent,
                       core::RandomStream& random, event::Steps& steps);
  double phantom_step(const Stretch& stretch, const Particle& particle) const;
  void release_photons(const Particle& at, core::RandomStream& random);
  void follow_photon(const Particle& photon, core::RandomStream& random, event::Steps& steps);
  void adopt(std::size_t first, const Particle& parent);
  void record(const Block& block, const Vector& middle, double edep, std::int32_t pdg, Process process,
              std::int32_t track, std::int32_t parent, event::Steps& steps) const;
  void next_slot(const Particle& particle, core::RandomStream& random) {
    random.seek((static_cast<std::uint32_t>(particle.track) << 13) | (step_++ & 8191u));
  }

  World world_;
  double air_threshold_ = 0.0, sensor_threshold_ = 0.0;  // of delta electrons [MeV]
  std::int64_t event_ = 0;
  std::int32_t last_track_ = 0;
  std::uint32_t step_ = 0;
  std::vector<Particle> waiting_;  // secondaries not yet followed
  std::vector<Particle> photons_;  // energy and direction of photons not yet followed
};

}  // namespace difftrack::simulate
