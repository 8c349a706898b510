#!/usr/bin/env python3
"""The same work as `anila-cpu bench`, in PyTorch at its best CPU setting.

    pytorch.py step --net vanilla --n 32 --batch 100    one Langevin step of a network (networks.py)
    pytorch.py iteration --n 32 --batch 100 --steps 50  one training iteration (K steps, gradient, Adam)
    pytorch.py update --dim 307200                      the adaptive update alone, noise included
    pytorch.py toy --batch 256                          one Langevin step of the toy network
    pytorch.py layers --net vanilla --n 32 --batch 100  every convolution, from ONEDNN_VERBOSE=profile_exec
    pytorch.py memory --n 32 --data DIR                 peak RSS of a small CIFAR-10 training process

Prints a JSON list of objects: name impl threads shape seconds (median) fastest repeats, and setting.

Everywhere: activations in place where autograd allows it, parameters frozen inside the chain, noise drawn into a contiguous
buffer, in-place update, fused Adam, and glibc told to keep its pages (--tunables). Tried, unless --setting names one:
channels_last and contiguous layout, for nonlocal PyTorch's own attention kernel, with --compile also torch.compile of the
network and of the whole step in whichever of these is fastest without; the fastest in a short trial is timed. Arithmetic is
float32, as on our side. With --bf16 a step's network computes in bfloat16, all of it or what autocast chooses, whichever is
faster; chains, noise and update stay in float32.

--fixture takes weights, images, f and its gradient as `bench/peers` wrote them from anila-cpu. It is an error when float32 or
float64 here gives another f (by 1e-4 of its norm) or another gradient (by 1e-4 of an image's norm in half of the images, 0.1
in the worst: a pre-activation that rounding carries over the kink of its leaky ReLU moves that image's by a percent). The result
says how far from float64 the gradients are, as the median over the images and the worst: error of the timed setting, ours of
anila-cpu.
"""
import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
import warnings

TUNABLES = ("glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184:"
            "glibc.malloc.top_pad=1073741824")


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("case", choices=["step", "iteration", "update", "toy", "layers", "memory"])
    p.add_argument("--net", default="vanilla", choices=["vanilla", "resnet", "nonlocal"])
    p.add_argument("--n", type=int, default=32, help="width of the network")
    p.add_argument("--bf16", action="store_true", help="the network of a step in bfloat16")
    p.add_argument("--fixture", help=".pth file with weights, images, f and gradient of anila-cpu, which are checked")
    p.add_argument("--batch", type=int, default=None, help="chains (default 100, toy 256)")
    p.add_argument("--steps", type=int, default=50, help="Langevin steps K of an iteration")
    p.add_argument("--dim", type=int, default=307200, help="floats of the update case")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--repeats", type=int, default=10, help="timed runs after the warm-up")
    p.add_argument("--warmup", type=int, default=3)
    p.add_argument("--compile", action="store_true", help="try torch.compile too (it needs a C++ compiler)")
    p.add_argument("--setting", help="time this setting alone, one that was printed before; of several, with commas, the fastest")
    p.add_argument("--tunables", choices=["on", "off"], default="on", help="GLIBC_TUNABLES that keep pages")
    p.add_argument("--data", default=os.environ.get("ANILA_DATA"), help="folder of cifar-10-batches-bin (memory)")
    a = p.parse_args()
    if a.batch is None:
        a.batch = 256 if a.case == "toy" else 100
    return a


def reexecute(a):
    """glibc reads its tunables once, at start, and OpenMP its number of threads."""
    want = {"OMP_NUM_THREADS": str(a.threads), "MKL_NUM_THREADS": str(a.threads)}
    if a.tunables == "on":
        want["GLIBC_TUNABLES"] = TUNABLES
    if any(os.environ.get(k) != v for k, v in want.items()):
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **want})


A = arguments()
reexecute(A)
warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
import torch  # noqa: E402

from networks import NETS, Toy  # noqa: E402

torch.set_num_threads(A.threads)
torch.manual_seed(1)
DRIFT, NOISE, B = 0.5, 0.01, 1e-4


LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


class Setting:
    """How a network is run, by words such as compile-channels_last-autocast: way (eager, compile, compile-step), memory layout,
    and where they apply fused (attention), bfloat16 or autocast."""

    def __init__(self, words):
        self.way = "compile-step" if words.startswith("compile-step") else words.split("-")[0]
        words = words.split("-")
        self.layout = "contiguous" if "contiguous" in words else "channels_last"
        self.fused, self.bfloat16, self.autocast = "fused" in words, "bfloat16" in words, "autocast" in words

    def network(self, net, n, state=None, dtype=torch.float32):
        """The frozen network as a function of float32 images, and the module."""
        module = NETS[net](n, fused=True) if self.fused else NETS[net](n)
        if state:
            module.load_state_dict(state)
        freeze(module, True)
        module = module.to(torch.bfloat16 if self.bfloat16 else dtype, memory_format=LAYOUTS[self.layout])

        def f(z):
            with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
                return module(z.to(torch.bfloat16) if self.bfloat16 else z).float()

        return f if self.bfloat16 or self.autocast else module


def noise_buffer(z):
    """A buffer of z's layout whose storage normal_ sees as contiguous: its vectorised path needs that."""
    flat = torch.empty(z.numel())
    if z.dim() == 4 and z.is_contiguous(memory_format=torch.channels_last):
        b, c, h, w = z.shape
        return flat, flat.view(b, h, w, c).permute(0, 3, 1, 2)
    return flat, flat.view(z.shape)


def update(z, g, flat, noise):
    """z += drift a g + noise sqrt(a) xi with a = min(1, b/|g|) per coordinate, all in place (g is spent)."""
    a = g.abs().clamp_(min=B).reciprocal_().mul_(B)
    z.addcmul_(a, g, value=DRIFT)
    flat.normal_()
    z.addcmul_(a.sqrt_(), noise, value=NOISE)


def autograd_gradient(f):
    def gradient(z):
        g, = torch.autograd.grad(f(z.requires_grad_(True)).sum(), z)
        return g

    return gradient


class Chain:
    """Langevin steps on the input alone; the parameters stand still and need no gradient."""

    def __init__(self, f, z):
        self.z = z
        self.flat, self.noise = noise_buffer(z)
        self.gradient = autograd_gradient(f)

    def step(self):
        g = self.gradient(self.z)
        self.z = self.z.detach()
        with torch.no_grad():
            update(self.z, g, self.flat, self.noise)


def whole_step(f, z):
    """The same step as one compiled function: torch.func's gradient, fused with the update."""
    flat, noise = noise_buffer(z)
    gradient = torch.func.grad(lambda z: f(z).sum())

    @torch.compile
    def advance(z, noise):
        g = gradient(z)
        a = B / g.abs().clamp(min=B)
        return z + DRIFT * a * g + NOISE * a.sqrt() * noise

    @torch.no_grad()
    def step(state=[z]):
        flat.normal_()
        state[0] = advance(state[0], noise)

    return step


def step_of(f, z, way):
    """A function that takes one Langevin step of chains at z."""
    if way == "compile-step":
        return whole_step(f, z)
    return Chain(torch.compile(f) if way == "compile" else f, z).step


def freeze(net, frozen):
    for p in net.parameters():
        p.requires_grad_(not frozen)


def images(batch, layout="channels_last"):
    z = torch.empty(batch, 3, 32, 32).uniform_(-1, 1)
    return z.to(memory_format=LAYOUTS[layout])


def measure(f, inner, warmup, repeats):
    """Seconds of each of the repeats of f, divided by inner."""
    for _ in range(warmup):
        f()
    times = []
    for _ in range(repeats):
        t = time.perf_counter()
        f()
        times.append((time.perf_counter() - t) / inner)
    return times


def result(name, shape, times, setting, tried):
    return {"name": name, "impl": "pytorch-" + torch.__version__.split("+")[0], "threads": A.threads, "shape": shape,
            "seconds": statistics.median(times), "fastest": min(times), "repeats": len(times), "setting": setting,
            "tried": tried}


def trial(candidates, inner, tried):
    """Times each candidate shortly, and returns the fastest."""
    for setting, prepare in candidates.items():
        try:
            tried[setting] = min(measure(prepare(True), inner, 2, 2))
        except Exception as e:  # torch.compile without a C++ compiler
            print(f"pytorch.py: {setting}: {e!s:.200}", file=sys.stderr)
    return min((s for s in candidates if s in tried), key=tried.get)


def fastest(name, shape, inner, candidates):
    """Times the candidate that is fastest in a trial. candidates maps a setting to a function that prepares a run; a trial's
    run may be a shorter one (trial=True), which also warms up."""
    if A.setting:
        candidates = {s: candidates[s] for s in A.setting.split(",")}
    tried = {}
    best = trial(candidates, inner, tried) if len(candidates) > 1 else next(iter(candidates))
    return [timed(name, shape, inner, best, candidates[best], tried)]


def timed(name, shape, inner, setting, prepare, tried):
    measure(prepare(True), inner, 1, 0)
    return result(name, shape, measure(prepare(False), inner, A.warmup, A.repeats), setting, tried)


def prepare_step(setting, state=None):
    how = Setting(setting)
    return lambda trial: step_of(how.network(A.net, A.n, state), images(A.batch, how.layout), how.way)


def case_step():
    fixture = torch.load(A.fixture) if A.fixture else None
    state = fixture and {k: v for k, v in fixture.items() if not k.startswith("fixture.")}
    setting, tried = A.setting, {}
    if setting and "," in setting:
        setting = trial({s: prepare_step(s) for s in setting.split(",")}, 1, tried)
    elif not setting:
        kinds = ["-bfloat16", "-autocast"] if A.bf16 else [""]
        kinds = [k + fused for k in kinds for fused in ["", "-fused"][:2 if A.net == "nonlocal" else 1]]
        eager = trial({s: prepare_step(s) for s in (f"eager-{layout}{k}" for layout in LAYOUTS for k in kinds)}, 1, tried)
        # A compilation takes half a minute: what eager is slowest in is not compiled.
        near = [s for s in tried if tried[s] <= 1.25 * tried[eager]]
        ways = ["compile", "compile-step"] if A.compile else []
        compiled = {s: prepare_step(s) for s in (way + e.removeprefix("eager") for e in near for way in ways)}
        setting = trial(compiled | {eager: prepare_step(eager)}, 1, tried)
    r = timed("step", f"net={A.net}/n={A.n}/batch={A.batch}", 1, setting, prepare_step(setting, state), tried)
    return [r | (check(setting, state, fixture) if fixture else {})]


def distance(got, want):
    return ((got.double() - want.double()).norm() / want.double().norm()).item()


def by_image(got, want):
    """Median and largest distance of images."""
    d = ((got.double() - want).flatten(1).norm(dim=1) / want.flatten(1).norm(dim=1)).sort().values
    return [d[len(d) // 2].item(), d[-1].item()]


def check(setting, state, fixture):
    """Holds f and gradient of anila-cpu to those in float64, float32 to them too, and returns the errors of gradients."""
    how, exact = Setting(setting), Setting("eager-contiguous")
    f64 = exact.network(A.net, A.n, {k: v.double() for k, v in state.items()}, torch.float64)
    z = fixture["fixture.images"].permute(0, 3, 1, 2).contiguous()
    want = autograd_gradient(f64)(z.double())
    with torch.no_grad():
        f = f64(z.double())
    f32 = exact.network(A.net, A.n, state)
    z32 = z.clone()
    ours, gradient32 = fixture["fixture.gradient"].permute(0, 3, 1, 2), autograd_gradient(f32)(z32)
    for what, got in [("anila-cpu", fixture["fixture.f"]), ("float32", f32(z32).detach())]:
        if not distance(got, f) <= 1e-4:
            sys.exit(f"pytorch.py: {A.net}: f of {what} is {distance(got, f):.2g} from float64 (at most 1e-4): not the same network")
    for what, got in [("anila-cpu", ours), ("float32", gradient32)]:
        half, worst = by_image(got, want)
        if not (half <= 1e-4 and worst <= 0.1):
            sys.exit(f"pytorch.py: {A.net}: gradient of {what} is {half:.2g} from float64 in half of the images (at most 1e-4), "
                     f"{worst:.2g} in the worst (at most 0.1): not the same network")
    z = z.to(memory_format=LAYOUTS[how.layout])
    net = how.network(A.net, A.n, state)
    if how.way == "compile-step":
        gradient = torch.compile(torch.func.grad(lambda z: net(z).sum()))
    else:
        gradient = autograd_gradient(torch.compile(net) if how.way == "compile" else net)
    return {"error": by_image(gradient(z), want), "ours": by_image(ours, want)}


def training(compiled, n, batch, steps, data=None, layout="channels_last"):
    """One iteration of Algorithm 1: short-run chains from noise, one gradient, fused Adam."""
    net = NETS[A.net](n).to(memory_format=LAYOUTS[layout])
    adam = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)
    run = torch.compile(net) if compiled else net
    t = NOISE * NOISE / (2 * DRIFT)

    def iteration():
        if data is None:
            x = images(batch, layout)
        else:
            i = torch.randint(0, data.shape[0], (batch,))
            x = (data[i].float() / 127.5 - 1).to(memory_format=LAYOUTS[layout])
        freeze(net, True)
        chain = Chain(run, images(batch, layout))
        for _ in range(steps):
            chain.step()
        freeze(net, False)
        adam.zero_grad(set_to_none=True)
        loss = (run(chain.z).mean() - run(x).mean()) / t
        loss.backward()
        adam.step()

    return iteration


def case_iteration():
    A.warmup = 0  # a short iteration warms up
    ways = ["eager", "compile"] if A.compile else ["eager"]
    return fastest("iteration", f"net={A.net}/n={A.n}/batch={A.batch}/steps={A.steps}", 1, {
        f"{way}-{layout}": lambda trial, layout=layout, way=way: training(
            way == "compile", A.n, A.batch, 3 if trial else A.steps, layout=layout) for way in ways for layout in LAYOUTS})


def case_update():
    z, g = torch.randn(A.dim), torch.randn(A.dim) * 1e-4
    flat, noise = noise_buffer(z)
    fused = torch.compile(lambda z, g, noise: z.add_(DRIFT * (B / g.abs().clamp(min=B)) * g
                                                     + NOISE * (B / g.abs().clamp(min=B)).sqrt() * noise))
    inner = 20

    def eager():
        for _ in range(inner):
            update(z, g, flat, noise)

    def compiled():
        for _ in range(inner):
            flat.normal_()
            fused(z, g, noise)

    ways = {"eager": eager, "compile": compiled} if A.compile else {"eager": eager}
    return fastest("update", f"dim={A.dim}", inner, {way: lambda trial, f=f: f for way, f in ways.items()})


def case_toy():
    inner = 50

    def prepare(kind, way):
        net, z = Toy(32, kind), torch.randn(A.batch, 2)
        z = z.view(A.batch, 2, 1, 1) if kind == "conv" else z
        freeze(net, True)
        step = step_of(net, z, way)

        def run():
            for _ in range(inner):
                step()

        return run

    ways = ["eager", "compile", "compile-step"] if A.compile else ["eager"]
    return fastest("toy", f"net=toy/batch={A.batch}", inner, {
        f"{way}-{kind}": lambda trial, kind=kind, way=way: prepare(kind, way) for way in ways for kind in ("conv", "linear")})


def case_layers():
    """Runs iterations in a child under ONEDNN_VERBOSE and takes the median time of each convolution."""
    if os.environ.get("ANILA_LAYERS_CHILD"):
        step = training(False, A.n, A.batch, 2)
        for _ in range(A.warmup + A.repeats):
            step()
        return []
    child = subprocess.run([sys.executable] + sys.argv, capture_output=True, text=True, check=True,
                           env={**os.environ, "ANILA_LAYERS_CHILD": "1", "ONEDNN_VERBOSE": "profile_exec"})
    times = {}
    for line in child.stdout.splitlines():
        m = re.search(r",exec,cpu,convolution,([^,]*),([^,]*),.*,(mb\d+_[^,]*),([\d.]+)$", line)
        if m:
            times.setdefault((m[2], m[3], m[1]), []).append(float(m[4]) / 1e3)
    directions = {"forward_training": "forward", "forward_inference": "forward", "forward": "forward",
                  "backward_data": "input-gradient", "backward_weights": "weight-gradient"}
    out = []
    for (prop, shape, impl), ts in sorted(times.items()):
        ts = ts[len(ts) // 4:]
        out.append(result("layer/" + directions.get(prop, prop), shape, ts, impl, {}))
    return out


def case_memory():
    data = None
    if A.data:
        folder, parts = os.path.join(A.data, "cifar-10-batches-bin"), []
        for i in range(1, 6):
            with open(os.path.join(folder, f"data_batch_{i}.bin"), "rb") as f:
                parts.append(torch.frombuffer(bytearray(f.read()), dtype=torch.uint8).view(-1, 3073)[:, 1:])
        data = torch.cat(parts).view(-1, 3, 32, 32)
        del parts
    iteration = training(False, A.n, A.batch, 3, data)
    for _ in range(3):
        iteration()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return [{"name": "memory", "impl": "pytorch-" + torch.__version__.split("+")[0], "threads": A.threads,
             "shape": f"net={A.net}/n={A.n}/batch={A.batch}/data={'cifar10' if data is not None else 'none'}",
             "bytes": peak, "setting": "tunables=" + A.tunables}]


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    out = globals()["case_" + A.case]()
    if not os.environ.get("ANILA_LAYERS_CHILD"):
        json.dump(out, sys.stdout, indent=1)
        print()
