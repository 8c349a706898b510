#!/usr/bin/env python3
"""The Langevin step of `anila-cpu bench step`, in JAX (XLA's CPU backend) at its best setting.

    jax_step.py step --n 32 --batch 100 --threads 1

Prints a JSON list with one object, as pytorch.py does. jit-compiled, float32, the gradient of the input alone, noise
included (threefry; rbg is no faster here), the adaptive update fused with it, the state donated. Tried, unless --setting
names one: both layouts with a call for each step; --inner steps in one lax.fori_loop (in NHWC: a loop over NCHW takes 20
times longer); with more than one thread the batch divided among as many XLA devices, each with one thread of its own; all
with glibc told to keep its pages and without (--tunables). The fastest in a short trial is timed. The process is bound to
as many CPUs as --threads says before XLA starts its pool of threads.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("case", choices=["step"])
    p.add_argument("--net", choices=["vanilla"], default="vanilla")
    p.add_argument("--n", type=int, default=32, help="width of the network")
    p.add_argument("--batch", type=int, default=100, help="chains")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--repeats", type=int, default=10, help="timed runs after the warm-up")
    p.add_argument("--warmup", type=int, default=3)
    p.add_argument("--inner", type=int, default=2, help="steps of a run")
    p.add_argument("--setting", help="time this setting alone, such as NHWC/loop")
    p.add_argument("--tunables", choices=["on", "off", "both"], default="both", help="GLIBC_TUNABLES that keep pages")
    return p.parse_args()


TUNABLES = ("glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184:"
            "glibc.malloc.top_pad=1073741824")  # keep pages; glibc reads it once, at start
A = arguments()
if A.tunables == "both":
    program = [sys.executable] + sys.argv + ["--tunables"]
    both = [json.loads(subprocess.run(program + [t], stdout=subprocess.PIPE, check=True).stdout) for t in ("on", "off")]
    json.dump(min(both, key=lambda r: r[0]["seconds"]), sys.stdout, indent=1)
    sys.exit()
if A.tunables == "on" and os.environ.get("GLIBC_TUNABLES") != TUNABLES:
    os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, "GLIBC_TUNABLES": TUNABLES})
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:A.threads])
FLAGS = "--xla_cpu_multi_thread_eigen=false" if A.threads == 1 else f"--xla_force_host_platform_device_count={A.threads}"
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " " + FLAGS
os.environ["JAX_PLATFORMS"] = "cpu"
import jax  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax, numpy as jnp  # noqa: E402
from jax.sharding import NamedSharding, PartitionSpec  # noqa: E402

DRIFT, NOISE, B, LEAK = 0.5, 0.01, 1e-4, 0.05


LAYERS = [(3, 1, 1, 1, 1), (4, 2, 1, 1, 2), (4, 2, 1, 2, 4), (4, 2, 1, 4, 8), (4, 1, 0, 8, 0)]  # kernel stride padding c/n d/n


def vanilla(n):
    """Weights (HWIO) and biases of the published network."""
    rng, weights = np.random.default_rng(1), []
    for i, (kernel, _, _, c, d) in enumerate(LAYERS):
        c, d = c * n if i else 3, d * n or 1
        bound = (kernel * kernel * c) ** -0.5
        weights.append((jnp.asarray(rng.uniform(-bound, bound, (kernel, kernel, c, d)), jnp.float32),
                        jnp.asarray(rng.uniform(-bound, bound, d), jnp.float32)))
    return weights


def step_in(layout):
    """A function z, key, weights → z', key'."""

    def energy(z, weights):
        for (w, b), (_, stride, pad, _, d) in zip(weights, LAYERS):
            z = lax.conv_general_dilated(z, w, (stride, stride), [(pad, pad)] * 2, dimension_numbers=(layout, "HWIO", layout))
            z = z + (b if layout == "NHWC" else b[:, None, None])
            if d:
                z = jnp.where(z > 0, z, LEAK * z)
        return z.sum()

    gradient = jax.grad(energy)

    def step(z, key, weights):
        g = gradient(z, weights)
        a = B / jnp.maximum(jnp.abs(g), B)
        key, k = jax.random.split(key)
        return z + DRIFT * a * g + NOISE * jnp.sqrt(a) * jax.random.normal(k, z.shape, jnp.float32), key

    return step


def run_of(setting):
    """A function that takes A.inner steps and waits for the last."""
    layout, way = setting.split("/")
    weights, step, calls = vanilla(A.n), step_in(layout), A.inner
    shape = (A.batch, 32, 32, 3) if layout == "NHWC" else (A.batch, 3, 32, 32)
    z = jnp.asarray(np.random.default_rng(2).uniform(-1, 1, shape), jnp.float32)
    key = jax.random.key(1)
    if way == "loop":
        calls, one = 1, step
        step = lambda z, key, weights: lax.fori_loop(0, A.inner, lambda _, s: one(*s, weights), (z, key))
    elif way == "divided":
        mesh, one = jax.make_mesh((A.threads,), ("chains",)), step
        chains, whole = PartitionSpec("chains"), PartitionSpec()

        def local(z, keys, weights):
            z, key = one(z, keys[0], weights)
            return z, key[None]

        step = jax.shard_map(local, mesh=mesh, in_specs=(chains, chains, whole), out_specs=(chains, chains), check_vma=False)
        z, key = (jax.device_put(x, NamedSharding(mesh, chains)) for x in (z, jax.random.split(key, A.threads)))
        weights = jax.device_put(weights, NamedSharding(mesh, whole))
    call, state = jax.jit(step, donate_argnums=(0, 1)), [z, key]

    def run():
        for _ in range(calls):
            state[:] = call(*state, weights)
        state[0].block_until_ready()

    return run


def measure(run, warmup, repeats):
    """Seconds a step of each of the repeats."""
    for _ in range(warmup):
        run()
    times = []
    for _ in range(repeats):
        t = time.perf_counter()
        run()
        times.append((time.perf_counter() - t) / A.inner)
    return times


def main():
    ways = ["NHWC/call", "NHWC/loop", "NCHW/call"] + ["NHWC/divided", "NCHW/divided"] * (A.threads > 1)
    settings = [A.setting] if A.setting else ways
    tried = {s: min(measure(run_of(s), 1, 2)) for s in settings} if len(settings) > 1 else {}
    best = min(tried, key=tried.get) if tried else settings[0]
    times = measure(run_of(best), A.warmup, A.repeats)
    json.dump([{"name": "step", "impl": "jax-" + jax.__version__, "threads": A.threads,
                "shape": f"net=vanilla/n={A.n}/batch={A.batch}", "seconds": statistics.median(times), "fastest": min(times),
                "repeats": A.repeats, "setting": f"{best} --tunables {A.tunables}", "tried": tried}], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
