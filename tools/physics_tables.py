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
    """(B [GeV^-2], tail share, tail B) of dsigma/dt ~ (1 - share) B exp(-B |t|) + share B' exp(-B' |t|): the diffraction peak, fitted
    outside Coulomb's, and what lies beyond its first minimum (rings and incoherent scattering), fitted there."""
    momentum = np.sqrt(energy * (energy + 2 * PROTON_MASS)) / 1000
    t = (2 * momentum * np.sin(np.radians(angles) / 2)) ** 2
    peak, constant = 80.0, 0.0
    for _ in range(20):
        use = (angles >= (10 if energy >= 60 else 15)) & (values > 0) & (t < 3.2 / peak)
        if use.sum() < 2:
            break
        slope, constant = np.polyfit(t[use], np.log(values[use]), 1)
        peak = 0.5 * peak + 0.5 * max(-slope, 10.0)
    use = (t > 5.0 / peak) & (values > 4e-5)
    if use.sum() < 4:
        return peak, 0.0, 0.5 * peak
    slope, level = np.polyfit(t[use], np.log(values[use]), 1, w=np.sqrt(np.sin(np.radians(angles[use]))))
    tail = min(max(-slope, 5.0), 0.8 * peak)
    ratio = np.exp(level - constant) * peak / tail
    return peak, ratio / (1 + ratio), tail


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


# Cross sections of protons [mb]: V. S. Barashenkov, JINR P2-89-770 (1989), as Geant4's BGG data sets take them: total (nuclear) and
# inelastic at these energies [MeV]. Below 14 MeV the shape of ICRU 63 joins.
BARASHENKOV_ENERGIES = [14, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 250, 300]
BARASHENKOV = {
    "carbon": ([1240, 1455, 1290, 1110, 940, 800, 700, 604, 530, 475, 396, 350, 320, 303, 294, 280, 280],
               [310, 440, 420, 370, 320, 288, 263, 249, 234, 222, 216, 210, 205, 208, 210, 208, 210]),
    "nitrogen": ([1420, 1550, 1425, 1260, 1090, 930, 805, 690, 612, 552, 462, 402, 372, 350, 345, 326, 324],
                 [420, 490, 462, 425, 377, 333, 303, 284, 274, 270, 268, 254, 247, 245, 245, 240, 240]),
    "oxygen": ([1520, 1660, 1555, 1395, 1207, 1035, 925, 816, 720, 645, 540, 462, 415, 392, 378, 362, 361],
               [460, 535, 500, 432, 390, 350, 320, 310, 304, 293, 287, 283, 279, 278, 276, 270, 271]),
    "aluminium": ([1735, 1830, 1900, 1835, 1710, 1522, 1350, 1212, 1080, 972, 816, 720, 642, 600, 567, 558, 560],
                  [650, 750, 720, 617, 540, 470, 455, 432, 420, 408, 400, 403, 408, 406, 404, 400, 402]),
    "silicon": ([1810, 1920, 2035, 1930, 1760, 1570, 1400, 1255, 1110, 1008, 846, 742, 671, 623, 588, 584, 584],
                [670, 780, 735, 635, 570, 490, 475, 460, 446, 431, 423, 425, 425, 425, 422, 422, 412]),
    "tungsten": ([5320, 5330, 4550, 4070, 4030, 4220, 4390, 4440, 4360, 4200, 3800, 3380, 3040, 2790, 2660, 2575, 2575],
                 [950, 1560, 1850, 1840, 1770, 1715, 1670, 1650, 1620, 1610, 1600, 1600, 1600, 1600, 1600, 1595, 1585]),
}


def write_cross_sections(source, target):
    text = HEADER
    text += "// Per row: Z, energy [MeV], non-elastic and nuclear elastic cross section [mb] (Barashenkov, JINR P2-89-770; below 14 MeV the\n"
    text += "// shape of ICRU 63), and of the elastic one the slope B [1/GeV2] of the diffraction peak, the share of scatterings beyond it and\n"
    text += "// their slope, fitted to the ICRU 63 angular distributions (MCsquare, Apache-2.0), Coulomb peak left out.\n"
    for element in ELEMENTS:
        elastic = read_elastic(source / "mcsquare" / element / "ICRU_Nuclear_elastic.dat")
        nonelastic = read_emission(source / "mcsquare" / element / "ICRU_Nuclear_inelastic.dat.gz")
        totals = sorted((e, v[0] * 1000) for e, v in nonelastic.items())
        total_here, inelastic_here = BARASHENKOV[element]
        for energy in [5, 7, 10, 14, 20, 30, 40, 50, 60, 70, 80, 100, 120, 140, 160, 180, 200, 250, 300]:
            known = max(energy, 14)
            inelastic = np.interp(known, BARASHENKOV_ENERGIES, inelastic_here)
            sigma = np.interp(known, BARASHENKOV_ENERGIES, total_here) - inelastic
            if energy < 14:
                inelastic *= np.interp(energy, *zip(*totals), left=0.0) / np.interp(14, *zip(*totals))
            used = min(elastic, key=lambda e: abs(e - min(max(energy, 30), 250)))
            peak, share, tail = elastic_fit(used, *elastic[used].T)
            if Z[element] > 30:  # no clean peak at the table's step of 5 degrees: Ranft's slope 14.5 A^0.66, rings beyond
                peak, share, tail = 14.5 * 183.84 ** 0.66, 0.02, 35.0
            text += "{%d, %d, %.1f, %.1f, %.1f, %.4f, %.1f},\n" % (Z[element], energy, inelastic, sigma, peak, share, tail)
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
