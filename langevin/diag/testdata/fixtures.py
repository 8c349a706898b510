"""Writes arviz.json: draws and ArviZ's diagnostics of them.

    python3 -m venv venv && venv/bin/pip install arviz==0.23.4
    venv/bin/python fixtures.py > arviz.json
"""
import json
import sys

import arviz
import numpy as np

rng = np.random.default_rng(20210615)


def ar(chains, draws, phi, innovation=lambda size: rng.normal(size=size)):
    noise = innovation((chains, draws))
    x = np.zeros((chains, draws))
    x[:, 0] = noise[:, 0]
    for t in range(1, draws):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi * phi) * noise[:, t]
    return x


shifted = ar(4, 250, 0.3)
shifted[2] += 1.5
wide = ar(4, 250, 0.3)
wide[1] *= 3
cases = {
    "independent": ar(4, 250, 0.0),
    "slow": ar(4, 300, 0.95),
    "antithetic": ar(4, 250, -0.8),
    "shifted chain": shifted,
    "wide chain": wide,
    "cauchy": ar(4, 250, 0.5, lambda size: rng.standard_cauchy(size)),
    "odd length": ar(3, 101, 0.7),
    "one chain": ar(1, 300, 0.6),
    "short": ar(2, 9, 0.2),
    "shortest": ar(2, 4, 0.0),
    "indicator": (ar(4, 250, 0.8) > 0.7).astype(float),
    "ties": np.round(ar(4, 250, 0.6) * 2) / 2,
    "trend": ar(4, 250, 0.5) + np.linspace(0, 3, 250),
}


def states(*chains):
    """Chains of ones and zeros from strings, repeated to 120 draws."""
    return np.array([[float(c) for c in (chain * 120)[:120]] for chain in chains])


cases["two states"] = states("0", "1")
cases["two states of four"] = states("0", "0", "1", "1")
cases["two states, halves"] = states("0" * 60 + "1" * 60, "0" * 60 + "1" * 60)
cases["two states with visits"] = states("0" * 50 + "1" * 10 + "0" * 60, "1" * 20 + "0" * 10 + "1" * 90)
cases["one visit"] = states("0" * 50 + "1" + "0" * 69, "0")
cases["alternating"] = states("01", "01", "01", "01")
cases["alternating, out of step"] = states("01", "10", "01", "10")
cases["alternating in threes"] = states("012", "201")
cases["one chain stands"] = np.vstack([np.ones(120), ar(1, 120, 0.5)[0]])
infinite = ar(2, 120, 0.5)
cases["one infinity"] = infinite.copy()
cases["one infinity"][0, 3] = np.inf
cases["both infinities"] = cases["one infinity"].copy()
cases["both infinities"][1, 7] = -np.inf
cases["a third infinite"] = infinite.copy()
cases["a third infinite"][:, ::3] = -np.inf



def number(x):
    """None, JSON's null, where there is no answer."""
    return None if np.isnan(x) else float(x)


out = {"arviz": arviz.__version__, "cases": []}
for name, draws in cases.items():
    draws = np.round(draws, 4)
    out["cases"].append(
        {
            "name": name,
            "draws": np.where(np.isinf(draws), 0, draws).tolist(),
            # JSON has no infinities: chain, draw and sign of each.
            "infinite": [[int(c), int(t), int(np.sign(draws[c, t]))] for c, t in np.argwhere(np.isinf(draws))],
            "rhat": None if len(draws) < 2 else number(arviz.rhat(draws)),
            "ess_bulk": number(arviz.ess(draws, method="bulk")),
            "ess_tail": number(arviz.ess(draws, method="tail")),
            "ess_mean": number(arviz.ess(draws, method="mean")),
            "mcse": number(arviz.mcse(draws, method="mean")),
            "autocorrelation": [] if np.isinf(draws[0]).any() or np.ptp(draws[0]) == 0 else arviz.autocorr(draws[0])[:8].tolist(),
        }
    )
json.dump(out, sys.stdout, separators=(",", ":"))
print()
