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

out = {"arviz": arviz.__version__, "cases": []}
for name, draws in cases.items():
    draws = np.round(draws, 4)
    out["cases"].append(
        {
            "name": name,
            "draws": draws.tolist(),
            "rhat": None if len(draws) < 2 else float(arviz.rhat(draws)),
            "ess_bulk": float(arviz.ess(draws, method="bulk")),
            "ess_tail": float(arviz.ess(draws, method="tail")),
            "ess_mean": float(arviz.ess(draws, method="mean")),
            "mcse": float(arviz.mcse(draws, method="mean")),
            "autocorrelation": arviz.autocorr(draws[0])[:8].tolist(),
        }
    )
json.dump(out, sys.stdout, separators=(",", ":"))
print()
