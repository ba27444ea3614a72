#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes difftrack/simulate/tables/geant4_reference.inc from the reference run of Geant4 beside the project.

    tools/geant4_table.py ../shared/data/geant4/reference.csv [more.csv ...] > difftrack/simulate/tables/geant4_reference.inc
Columns: quantity, water_mm, geant4, geant4_error and maybe primaries (of the sample; 40,000 where it is missing). The rows on large kinks
and continuing secondaries are measured on the 10,000-proton files beside it (`difftrack physics --geant4 --steps FILE` has the definitions). Not needed to build: the table is committed.
"""
import csv
import sys

print("// SPDX-License-Identifier: Apache-2.0\n// Written by tools/geant4_table.py; do not edit.")
print("// Geant4 11.4, protons of 230 MeV (our own runs): quantity, water [mm], value, statistical error, protons.")
for path in sys.argv[1:]:
    for row in csv.DictReader(open(path)):
        print('{"%s", %s, %s, %s, %s},' % (row["quantity"], row["water_mm"], row["geant4"], row["geant4_error"], row.get("primaries", 40000)))
