"""Expected values of statistics_test.go, by NumPy and SciPy: python3 statistics.py > statistics.json

Features are hashes of their index, mapped and mixed so that covariances are neither equal nor diagonal.
"""
import json
import numpy as np
from scipy import linalg

from hashes import uniform


def features(seed, n, d):
    """[n, d]: x[i, j] = u[i, j] + j/d * u[i, 0] + seed/50."""
    u = uniform(seed, n * d).reshape(n, d)
    return u + np.arange(d, dtype=np.float32) / np.float32(d) * u[:, :1] + np.float32(seed) / np.float32(50)


def frechet(x, y):
    """The distance; of singular covariances by the eigenvalues of the symmetric form."""
    s1, s2 = np.cov(x.astype(np.float64), rowvar=False), np.cov(y.astype(np.float64), rowvar=False)
    m = x.astype(np.float64).mean(0) - y.astype(np.float64).mean(0)
    if len(x) > x.shape[1]:
        root = np.trace(linalg.sqrtm(s1 @ s2)).real
    else:
        w, v = linalg.eigh(s1)
        half = (v * np.sqrt(np.maximum(w, 0))) @ v.T
        root = np.sqrt(np.maximum(linalg.eigvalsh(half @ s2 @ half), 0)).sum()
    return m @ m + np.trace(s1) + np.trace(s2) - 2 * root, root


def mmd(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    n, d = x.shape
    k = lambda a, b: (a @ b.T / d + 1) ** 3
    own = sum(k(a, a).sum() - np.trace(k(a, a)) for a in (x, y)) / (n * (n - 1))
    return own - 2 * k(x, y).mean()


out = []
for n, m, d in [(200, 300, 8), (120, 120, 64), (40, 60, 64), (30, 500, 48)]:
    x, y = features(1, n, d), features(2, m, d)
    distance, root = frechet(x, y)
    case = dict(n=n, m=m, d=d, frechet=distance, root=root, sigma01=np.cov(x.astype(np.float64), rowvar=False)[0, 1])
    if n == m:
        case["mmd"] = mmd(x, y)
    out.append(case)
print(json.dumps(out, indent=1))
