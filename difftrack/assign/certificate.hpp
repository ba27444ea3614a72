// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/assign/problem.hpp"

namespace difftrack::assign {

/// Outcome of checking a solution against its dual certificate.
struct CertificateReport {
  bool valid = false;
  double worst = 0.0;  ///< largest violation of an inequality or equality of the certificate, in units of cost
  std::string fault;   ///< the first thing wrong, in words; empty when valid
};

/// Proves or refutes that `solution` is a maximum matching of minimum cost (SparseLap states the mathematics), from
/// the problem and the solution alone: a matching of existing entries, consistent fields, levels that form a König
/// cover, dual feasibility, complementary slackness and equal objectives. Numbers may be off by `tolerance` times the
/// largest |cost| (objectives: times the number of rows and columns as well). O(entries).
CertificateReport check_certificate(const Problem& problem, const Solution& solution, double tolerance = 1e-10);

/// The same for the free problem (FreeLap).
CertificateReport check_certificate(const Problem& problem, const LeavingCosts& leaving, const Solution& solution,
                                    double tolerance = 1e-10);

}  // namespace difftrack::assign
