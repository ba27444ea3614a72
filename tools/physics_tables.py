#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small physics tables of difftrack/simulate/tables and difftrack/matter/tables from the reference data beside the project.

Not needed to build or run: the tables are committed. Run again only to change their grid:
    tools/physics_tables.py ../shared/data difftrack
Sources: NIST PSTAR (elements), the Geant4-generated water table and ICRU 63 files of MCsquare (Apache-2.0).
"""
import gzip
import sys
from pathlib import Path

import numpy as np

ELEMENTS = ["carbon", "nitrogen", "oxygen", "aluminium", "silicon", "tungsten"]
Z = {"carbon": 6, "nitrogen": 7, "oxygen": 8, "aluminium": 13, "silicon": 14, "tungsten": 74}
PROTON_MASS = 938.272
EMISSION_ENERGIES = [30, 50, 70, 100, 150, 200, 250]
QUANTILES = np.array([0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.9995])
ANGLES = np.radians([0, 10, 20, 30, 40, 50, 60, 70, 90, 110, 130, 150, 180])
STOPPING_ENERGIES = [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 25,
                     30, 40, 50, 60, 80, 100, 125, 150, 175, 200, 225, 250, 300, 350]
HEADER = "// SPDX-License-Identifier: Apache-2.0\n// Written by tools/physics_tables.py; do not edit.\n"


def read_emission(path):
    """{incident energy: (cross section [b], {product: (multiplicity, rows of T, integral, 13 angles)})}."""
    out, energy, product = {}, None, None
    for line in gzip.open(path, "rt"):
        words = line.split()
        if not words:
            continue
        if words[0] == "Energy":
            energy = float(words[1])
            out[energy] = [0.0, {}]
        elif words[0] == "Cross_section":
            out[energy][0] = float(words[1])
        elif words[0] == "Multiplicity":
            product = words[1]
            out[energy][1][product] = [float(words[2]), []]
        elif words[0][0].isdigit() and product:
            out[energy][1][product][1].append([float(w) for w in words[:15]])
    return out


def slope_of_mean_cosine(mean):
    """a such that a density exp(a cos) on [-1, 1] has this mean cosine (Langevin function inverted by bisection)."""
    low, high = -60.0, 60.0
    for _ in range(80):
        a = 0.5 * (low + high)
        value = 1 / np.tanh(a) - 1 / a if abs(a) > 1e-6 else a / 3
        low, high = (a, high) if value < mean else (low, a)
    return 0.5 * (low + high)


def emission_row(incident, rows):
    """Quantiles of T / incident and, per quantile interval, the slope of the angular distribution."""
    rows = np.array(rows)
    energy, density = rows[:, 0], rows[:, 1]
    keep = energy <= incident
    energy, density, double = energy[keep], density[keep], rows[keep, 2:15]
    cumulative = np.concatenate([[0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(energy))])
    cumulative /= cumulative[-1]
    fine = np.linspace(0, 1, 4001)
    energy_at = np.interp(fine, cumulative, energy)
    quantiles = np.interp(QUANTILES, fine, energy_at) / incident
    weights = np.array([np.trapezoid(np.interp(np.linspace(0, np.pi, 721), ANGLES, row) * s, np.linspace(0, np.pi, 721))
                        for row in double for s in [np.sin(np.linspace(0, np.pi, 721))]])
    moments = np.array([np.trapezoid(np.interp(np.linspace(0, np.pi, 721), ANGLES, row) * s, np.linspace(0, np.pi, 721))
                        for row in double for s in [np.sin(np.linspace(0, np.pi, 721)) * np.cos(np.linspace(0, np.pi, 721))]])
    cosine = np.where(weights > 0, moments / np.maximum(weights, 1e-300), 0.0)
    slopes = []
    for low, high in zip(QUANTILES[:-1], QUANTILES[1:]):
        inside = (fine >= low) & (fine <= high)
        slopes.append(slope_of_mean_cosine(np.clip(np.interp(energy_at[inside], energy, cosine).mean(), -0.98, 0.98)))
    return quantiles, np.array(slopes)


def write_emission(source, target):
    text = HEADER
    text += "// Emission of p, d, alpha after non-elastic p-nucleus reactions, condensed from the ICRU 63 double-differential tables\n"
    text += "// (MCsquare, UCLouvain, Apache-2.0). Per row: target Z, product (0 p, 1 d, 2 alpha), incident energy [MeV], multiplicity,\n"
    text += "// 14 quantiles of T / incident at 0 .05 .1 .2 ... .9 .95 .99 1, 13 slopes a of exp(a cos theta) between them.\n"
    for element in ELEMENTS:
        tables = read_emission(source / "mcsquare" / element / "ICRU_Nuclear_inelastic.dat.gz")
        for number, product in enumerate(["proton", "deuteron", "alpha"]):
            for wanted in EMISSION_ENERGIES:
                energy = min(tables, key=lambda e: abs(e - wanted))
                multiplicity, rows = tables[energy][1].get(product, [0.0, []])
                if not rows:
                    continue
                quantiles, slopes = emission_row(energy, rows)
                text += "{%d, %d, %g, %.4g, {%s}, {%s}},\n" % (
                    Z[element], number, energy, multiplicity, ", ".join("%.4f" % q for q in quantiles),
                    ", ".join("%.2f" % a for a in slopes))
    (target / "emission.inc").write_text(text)


def elastic_fit(energy, angles, values):
    """Total [mb] and slope B [GeV^-2] of dsigma/dt ~ exp(-B |t|), fitted over the diffraction peak outside Coulomb's."""
    momentum = np.sqrt(energy * (energy + 2 * PROTON_MASS)) / 1000
    t = (2 * momentum * np.sin(np.radians(angles) / 2)) ** 2
    guess = 80.0
    for _ in range(20):
        use = (angles >= 10) & (values > 0) & (t < 3.2 / guess) if energy >= 60 else (angles >= 15) & (values > 0) & (t < 3.2 / guess)
        if use.sum() < 2:
            break
        slope, constant = np.polyfit(t[use], np.log(values[use]), 1)
        guess = 0.5 * guess + 0.5 * max(-slope, 10.0)
    return 1000 * np.exp(constant) * np.pi / (momentum ** 2 * guess), guess


def read_elastic(path):
    out, energy = {}, None
    for line in open(path):
        words = line.split()
        if not words:
            continue
        if words[0] == "Energy":
            energy = float(words[1])
            out[energy] = []
        elif words[0][0].isdigit():
            out[energy].append([float(w) for w in words[:2]])
    return {e: np.array(v) for e, v in out.items() if len(v)}


def write_cross_sections(source, target):
    text = HEADER
    text += "// Per row: Z, energy [MeV], non-elastic [mb] (ICRU 63), nuclear elastic [mb] and its slope B [1/GeV2], the latter two\n"
    text += "// fitted to the diffraction peak of the ICRU 63 elastic tables (MCsquare, Apache-2.0), Coulomb peak left out.\n"
    for element in ELEMENTS:
        elastic = read_elastic(source / "mcsquare" / element / "ICRU_Nuclear_elastic.dat")
        nonelastic = read_emission(source / "mcsquare" / element / "ICRU_Nuclear_inelastic.dat.gz")
        for energy in [5, 7, 10, 12, 15, 20, 30, 40, 50, 60, 70, 80, 100, 120, 150, 180, 200, 250]:
            totals = sorted((e, v[0] * 1000) for e, v in nonelastic.items())
            total = np.interp(energy, *zip(*totals), left=0.0)
            fit_energy = min(max(energy, 20), 180)  # the fits are noisy outside
            table = elastic[min(elastic, key=lambda e: abs(e - fit_energy))]
            used = min(elastic, key=lambda e: abs(e - fit_energy))
            sigma, slope = elastic_fit(used, table[:, 0], table[:, 1])
            if Z[element] > 30:  # no clean peak in the table: black disc, slope of Ranft's formula 14.5 A^0.66
                sigma, slope = np.interp(max(energy, 60), *zip(*totals)), 14.5 * 183.84 ** 0.66
            text += "{%d, %g, %.1f, %.1f, %.1f},\n" % (Z[element], energy, total, sigma, slope)
    (target / "cross_sections.inc").write_text(text)


def write_stopping(source, target):
    lines = (source / "pstar_total_stopping.csv").read_text().split("\n")
    names = lines[0].split(",")
    data = np.array([[float(v) for v in line.split(",")] for line in lines[1:] if line])
    water = np.loadtxt(source / "mcsquare/Water/G4_Stop_Pow.dat")
    text = HEADER
    text += "// Total mass stopping power [MeV cm2/g] for protons, a subset of NIST PSTAR for the elements; water: Geant4's table\n"
    text += "// (I = 78 eV, MCsquare, Apache-2.0) from 2 MeV, PSTAR scaled to meet it below.\n// Row: energy [MeV], H, C, N, O, Al, Si, Cu, W, water.\n"
    columns = ["H", "C", "N", "O", "Al", "Si", "Cu", "W"]
    pstar_water = data[:, names.index("water")]
    loglog = lambda e, y: np.exp(np.interp(np.log(e), np.log(data[:, 0]), np.log(y)))
    match = np.interp(2.0, water[:, 0], water[:, 1]) / loglog(2.0, pstar_water)
    for e in STOPPING_ENERGIES:
        values = [loglog(e, data[:, names.index(c)]) for c in columns]
        values.append(np.interp(e, water[:, 0], water[:, 1]) if e >= 2 and e <= water[-1, 0] else loglog(e, pstar_water) * match)
        text += "{%g, {%s}},\n" % (e, ", ".join("%.5g" % v for v in values))
    (target / "stopping_power.inc").write_text(text)


if __name__ == "__main__":
    here, there = Path(sys.argv[1]), Path(sys.argv[2])
    write_emission(here, there / "simulate" / "tables")
    write_cross_sections(here, there / "simulate" / "tables")
    write_stopping(here, there / "matter" / "tables")
