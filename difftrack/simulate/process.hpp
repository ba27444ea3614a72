// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace difftrack::simulate {

/// What made a particle: the values of event::Steps::process.
enum class Process : std::uint8_t {
  Primary = 0,       ///< the beam
  NonElastic = 1,    ///< emitted by a non-elastic proton-nucleus reaction
  ProtonProton = 2,  ///< recoil proton of elastic scattering on hydrogen, of helium too
  Delta = 3,         ///< electron knocked out by a charged particle
  Photon = 4,        ///< electron released by a photon of nuclear de-excitation
  Recoil = 5,        ///< nucleus struck inside a sensor
};

/// Particle Data Group codes of the particles that are followed.
namespace pdg {
inline constexpr std::int32_t kElectron = 11;
inline constexpr std::int32_t kProton = 2212;
inline constexpr std::int32_t kDeuteron = 1000010020;
inline constexpr std::int32_t kTriton = 1000010030;
inline constexpr std::int32_t kHelium3 = 1000020030;
inline constexpr std::int32_t kAlpha = 1000020040;
inline constexpr std::int32_t kSilicon = 1000140280;
}  // namespace pdg

}  // namespace difftrack::simulate
