// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace difftrack::simulate {

/// Counts changes of the physics that move distributions; files of steps carry it (key "physics"), and docs/physics.md
/// says what each one is. Raise it together with tests/simulate/physics_reference.json.
inline constexpr int kPhysicsVersion = 2;

}  // namespace difftrack::simulate
