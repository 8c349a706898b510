"""Makes noise.golden, independently of the Go code: NumPy float32 arithmetic,
which rounds every operation and fuses none.

    python3 noise.py > noise.golden
"""
import numpy as np

F = np.float32
LOG = [1.0000492334365845, -0.6642584800720215, 0.5393257141113281, -0.10164821892976761,
       1.5032293796539307, 2.0723299980163574, 2.3212249279022217]
SIN = [1.5707963705062866, -0.6459634900093079, 0.07968003302812576, -0.00460165785625577]
COS = [1.0, -1.2336976528167725, 0.2536032199859619, -0.020417282357811928]
MINUS_2_LN2 = F(-1.3862943649291992)


def philox(counter, key):
    x = [np.asarray(c, np.uint64) for c in counter]
    k = [key & 0xFFFFFFFF, key >> 32]
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0, p1 = x[0] * np.uint64(0xD2511F53), x[2] * np.uint64(0xCD9E8D57)
        x = [(p1 >> np.uint64(32)) ^ x[1] ^ np.uint64(k[0]), p1 & low,
             (p0 >> np.uint64(32)) ^ x[3] ^ np.uint64(k[1]), p0 & low]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return [v.astype(np.uint32) for v in x]


def words(seed, purpose, chain, step, n):
    blocks = np.arange((n + 3) // 4)
    last = purpose << 24 | (step >> 32) & 0xFFFFFF
    one = np.ones_like(blocks)
    x = philox([blocks, one * chain, one * (step & 0xFFFFFFFF), one * last], seed)
    return np.stack(x, 1).reshape(-1)[:n]


def uniform(x):
    return ((x >> np.uint32(9)).astype(F) + F(0.5)) * F(2.0 ** -23)


def horner(x, coefficients):
    p = F(coefficients[-1]) * np.ones_like(x)
    for c in coefficients[-2::-1]:
        p = p * x + F(c)
    return p


def normal(x):
    radial, angle = x[0::2], x[1::2]
    u = uniform(radial)
    m, e = np.frexp(u)                       # m in [1/2, 1)
    f = m - F(1)
    q = horner(f, [-2.0] + LOG)
    r = np.sqrt(e.astype(F) * MINUS_2_LN2 + q * f)
    turned = (angle + np.uint32(1 << 29)).astype(np.uint32)
    k = (turned >> np.uint32(9)) & np.uint32((1 << 21) - 1)
    t = (k.astype(F) + F(0.5)) * F(2.0 ** -21) - F(0.5)
    w = t * t
    s = horner(w, SIN) * t
    c = horner(w, COS)
    quadrant = turned >> np.uint32(30)
    cos = np.choose(quadrant, [c, -s, -c, s])
    sin = np.choose(quadrant, [s, c, -s, -c])
    return np.stack([r * cos, r * sin], 1).reshape(-1)


print("# made by noise.py: kind seed purpose chain step, then the bits of coordinates 0, 1, 2, …")
for seed, purpose, chain, step in [
    (0, 0, 0, 0),
    (1, 1, 0, 0),
    (0x0123456789ABCDEF, 0xA5, 0xFFFFFFFD, 0xFEDCBA98765432),
    (0xFFFFFFFFFFFFFFFF, 0xFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFF),
]:
    x = words(seed, purpose, chain, step, 148)
    for kind, value in (("uniform", uniform(x)), ("normal", normal(x))):
        print(kind, f"{seed:#x}", purpose, chain, step, *(f"{v:08x}" for v in value.view(np.uint32)))
