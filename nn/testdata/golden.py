"""Makes the golden fixtures of package nn with PyTorch in float64.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python nn/testdata/golden.py [NET …]  # rewrites nn/testdata/golden_*.safetensors (of these networks)

Weights and images are not stored: both sides compute them from the integer hash
`noise` below (golden_test.go has the same in Go). What is stored are PyTorch's
results: f, the gradient with respect to the images (NHWC), the gradient with
respect to every parameter of sum(seed * f), and for narrow networks the
parameters after three steps (metadata "optimizer" and "rate"). Wide networks store every stride-th
element of a parameter gradient and its norm.

Images are drawn (counter `draw`) until no pre-activation of a leaky ReLU lies
within 1e-5 of the layer's RMS from the kink and no two candidates of a pooling
window lie that near, at every set of parameters that is used.
"""
import json, math, os, struct, sys, zlib
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))
SEEDS = [-0.5, -0.5, 0.75, 0.5]  # their sum is not 0: Adam would make a step of rounding


def noise(label, count):
    """Odd multiples of 2^-24 in (-1, 1), exact in float32: murmur3's finalizer
    of i*0x9E3779B1 + crc32(label), upper 24 bits."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(zlib.crc32(label.encode()))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (2 * (x >> np.uint32(8)).astype(np.int64) + 1 - (1 << 24)).astype(np.float64) / (1 << 24)


class Leaky(nn.LeakyReLU):
    """LeakyReLU that remembers how near its input came to the kink, by image."""

    def forward(self, x):
        flat = x.detach().flatten(1)
        self.margin = flat.abs().amin(1) / flat.pow(2).mean(1).sqrt()
        return super().forward(x)


class MaxPool(nn.MaxPool2d):
    """MaxPool2d(2) that remembers the smallest distance of its two best."""

    def forward(self, x):
        d = x.detach()
        b, c, h, w = d.shape
        windows = d.reshape(b, c, h // 2, 2, w // 2, 2).permute(0, 1, 2, 4, 3, 5).reshape(b, -1, 4)
        top = windows.topk(2, dim=2).values
        self.margin = (top[..., 0] - top[..., 1]).amin(1) / d.flatten(1).pow(2).mean(1).sqrt()
        return super().forward(x)


class Sequential(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.f = nn.Sequential(*layers)

    def forward(self, x):
        return self.f(x).flatten()


def toy(n, leak):
    layers, widths = [], [2, n, 2 * n, 2 * n, 2 * n]
    for i, o in zip(widths, widths[1:]):
        layers += [nn.Conv2d(i, o, 1), Leaky(leak)]
    return Sequential(*layers, nn.Conv2d(2 * n, 1, 1))


def vanilla(n, leak):
    layers = [nn.Conv2d(3, n, 3, 1, 1), Leaky(leak)]
    for i in (1, 2, 4):
        layers += [nn.Conv2d(i * n, 2 * i * n, 4, 2, 1), Leaky(leak)]
    return Sequential(*layers, nn.Conv2d(8 * n, 1, 4, 1, 0))


class NonLocalBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.inner = channels // 2
        self.g = nn.Sequential(nn.Conv2d(channels, self.inner, 1), MaxPool(2))
        self.phi = nn.Sequential(nn.Conv2d(channels, self.inner, 1), MaxPool(2))
        self.theta = nn.Conv2d(channels, self.inner, 1)
        self.W = nn.Conv2d(self.inner, channels, 1)

    def forward(self, x):
        g = self.g(x).flatten(2).transpose(1, 2)
        a = F.softmax(self.theta(x).flatten(2).transpose(1, 2) @ self.phi(x).flatten(2), dim=-1)
        y = (a @ g).transpose(1, 2).reshape(x.shape[0], self.inner, *x.shape[2:])
        return self.W(y) + x


class NonLocal(nn.Module):
    def __init__(self, n, leak):
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(3, n, 3, 1, 1), Leaky(leak), MaxPool(2), NonLocalBlock(n),
            nn.Conv2d(n, 2 * n, 3, 1, 1), Leaky(leak), MaxPool(2), NonLocalBlock(2 * n),
            nn.Conv2d(2 * n, 4 * n, 3, 1, 1), Leaky(leak), MaxPool(2))
        self.fc = nn.Sequential(nn.Linear(4 * n * 16, 8 * n), Leaky(leak), nn.Linear(8 * n, 1))

    def forward(self, x):
        return self.fc(self.convs(x).flatten(1)).flatten()


class Block(nn.Module):
    def __init__(self, i, o, down):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)
        self.shortcut = nn.Conv2d(i, o, 1, bias=False) if i != o else nn.Identity()
        self.down = down

    def forward(self, x):
        y = F.silu(self.conv2(F.silu(self.conv1(x))) + self.shortcut(x))
        return F.avg_pool2d(y, 2) if self.down else y


class ResNet(nn.Module):
    def __init__(self, n, leak):
        super().__init__()
        self.stem = nn.Conv2d(3, n, 3, 1, 1)
        widths = [n, n, 2 * n, 2 * n]
        self.stages = nn.Sequential(*[
            nn.Sequential(Block(i, o, True), Block(o, o, False)) for i, o in zip(widths, widths[1:])])
        self.fc = nn.Linear(2 * n, 1)

    def forward(self, x):
        return self.fc(self.stages(self.stem(x)).sum((2, 3))).flatten()


class PyramidBlock(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)
        self.shortcut = nn.Conv2d(i, o, 1)

    def forward(self, x):
        y = F.silu(F.avg_pool2d(self.conv2(F.silu(self.conv1(x))), 2))
        return (y + F.avg_pool2d(self.shortcut(x), 2)) / math.sqrt(2)


class Pyramid(nn.Module):
    """Images of 32×32; fade is the weight of the first block, 0 where it stands in full."""

    def __init__(self, n, leak, fade=0):
        super().__init__()
        self.fade = fade
        self.rgb = nn.ModuleDict({"32": nn.Conv2d(3, 2 * n, 1)})
        if fade:
            self.rgb["16"] = nn.Conv2d(3, 4 * n, 1)
        self.blocks = nn.ModuleDict({
            "32": PyramidBlock(2 * n, 4 * n), "16": PyramidBlock(4 * n, 4 * n), "8": PyramidBlock(4 * n, 4 * n)})
        self.head = nn.Sequential(nn.Conv2d(4 * n, 4 * n, 3, 1, 1), nn.SiLU(), nn.Conv2d(4 * n, 4 * n, 4), nn.SiLU())
        self.fc = nn.Sequential(nn.Linear(4 * n, 16 * n), nn.SiLU(), nn.Linear(16 * n, 1))

    def forward(self, image):
        x = self.blocks["32"](self.rgb["32"](image))
        if self.fade:
            x = (1 - self.fade) * self.rgb["16"](F.avg_pool2d(image, 2)) + self.fade * x
        x = self.head(self.blocks["8"](self.blocks["16"](x)))
        return self.fc(x.flatten(1)).flatten()


class Residual(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)
        self.shortcut = nn.Conv2d(i, o, 1, bias=False) if i != o else nn.Identity()

    def forward(self, x):
        return F.silu(self.conv2(F.silu(self.conv1(x))) + self.shortcut(x))


class Plain(nn.Sequential):
    """One nn.Sequential; the points of mlp come as images of one pixel."""

    def forward(self, x):
        return super().forward(x.flatten(1) if isinstance(self[0], nn.Linear) else x).flatten()


def mlp(n, leak, widths):
    layers, widths = [], [5, *json.loads(widths)]
    for i, o in zip(widths, widths[1:]):
        layers += [nn.Linear(i, o), nn.SiLU()]
    return Plain(*layers, nn.Linear(widths[-1], 1))


# A list of layers, each type of them once, and PyTorch's modules for it.
LAYERS = """[{"type": "conv", "out": 6, "stride": 2, "padding": 1}, {"type": "leaky_relu", "slope": 0.25}, {"type": "residual", "out": 8},
{"type": "max_pool"}, {"type": "nonlocal"}, {"type": "conv", "out": 10, "kernel": 2, "padding": 1, "no_bias": true}, {"type": "relu"},
{"type": "residual"}, {"type": "avg_pool", "size": 3}, {"type": "flatten"}, {"type": "linear", "out": 7}, {"type": "swish"},
{"type": "linear", "out": 1, "no_bias": true}]"""


def layers(n, leak, layers):
    return Plain(nn.Conv2d(3, 6, 3, 2, 1), Leaky(0.25), Residual(6, 8), MaxPool(2), NonLocalBlock(8), nn.Conv2d(8, 10, 2, padding=1, bias=False),
                 Leaky(0), Residual(10, 10), nn.AvgPool2d(3), nn.Flatten(), nn.Linear(90, 7), nn.SiLU(), nn.Linear(7, 1, bias=False))


# The biases of phi have no gradient (softmax does not see a shift of its row), so
# Adam would step along rounding errors in nonlocal.
OPTIMIZERS = {"toy": ("adam", 1e-3), "vanilla": ("adam", 1e-3), "nonlocal": ("momentum", 1e-4), "resnet": ("momentum", 1e-4),
              "pyramid": ("adam", 1e-3), "mlp": ("adam", 1e-3), "layers": ("momentum", 1e-4)}
NETS = {"toy": toy, "vanilla": vanilla, "nonlocal": NonLocal, "resnet": ResNet, "pyramid": Pyramid, "mlp": mlp, "layers": layers}


def fill(net, model):
    """Weights: noise times the power of two nearest sqrt(6/fan_in); biases: noise/8."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            scale = 0.125
            if name.endswith("weight"):
                scale = 2.0 ** round(0.5 * math.log2(6 / p[0].numel()))
            p.copy_(torch.from_numpy(noise(f"{net}/{name}", p.numel()) * scale).reshape(p.shape))


def image(net, i, draw):
    if net == "toy":
        return torch.from_numpy(4 * noise(f"toy/image/{i}/{draw}", 2)).reshape(2, 1, 1)
    if net == "mlp":
        return torch.from_numpy(noise(f"mlp/image/{i}/{draw}", 5)).reshape(5, 1, 1)
    return torch.from_numpy(noise(f"{net}/image/{i}/{draw}", 32 * 32 * 3)).reshape(32, 32, 3).permute(2, 0, 1)


def margins(model):
    return torch.stack([m.margin for m in model.modules() if hasattr(m, "margin")]).amin(0)


def run(net, n, leak, images, steps, **options):
    """Returns the results, or the images that came too near a kink."""
    model = NETS[net](n, leak, **options)
    fill(net, model)
    x = torch.stack(images).requires_grad_()
    seed = torch.tensor(SEEDS[: len(images)])
    out = {}
    name, rate = OPTIMIZERS[net]
    if name == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    for step in range(steps + 1):
        optimizer.zero_grad()
        x.grad = None
        f = model(x)
        if net not in ("resnet", "pyramid", "mlp"):
            near = (margins(model) < 1e-5).nonzero().flatten().tolist()
            if near:
                return None, near
        if step == 0:
            out["f"] = f.detach()
            out["dx"] = torch.autograd.grad(f.sum(), x, retain_graph=True)[0].permute(0, 2, 3, 1).contiguous()
        (seed * f).sum().backward()
        if step == 0:
            for name, p in model.named_parameters():
                out["grad/" + name] = p.grad.clone()
        if step < steps:
            optimizer.step()
    if steps:
        for name, p in model.named_parameters():
            out["step/" + name] = p.detach()
    return out, []


def write(name, tensors, metadata):
    """safetensors, written here so that the script needs PyTorch only."""
    header, blob = {"__metadata__": {k: str(v) for k, v in metadata.items()}}, b""
    for key, t in tensors.items():
        data = t.numpy().astype("<f4").tobytes()
        header[key] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = os.path.join(HERE, name + ".safetensors")
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + blob)
    print(path, 8 + len(text) + len(blob), "bytes", metadata)


def network(net, n, leak, count, steps, limit, suffix="", **options):
    draws = [0] * count
    while True:
        out, near = run(net, n, leak, [image(net, i, d) for i, d in enumerate(draws)], steps, **options)
        if out:
            break
        for i in near:
            draws[i] += 1
    for key in [k for k in out if k.startswith("grad/")]:
        t = out[key]
        stride = -(-t.numel() // limit)
        if stride > 1:
            out[key] = t.flatten()[::stride]
        out["norm/" + key[5:]] = t.norm().reshape(1)
    write(f"golden_{net}{suffix}_{n}", out, {**options, "net": net, "n": n, "leak": leak, "steps": steps, **({"channels": 5} if net == "mlp" else {}),
                                     "optimizer": OPTIMIZERS[net][0], "rate": OPTIMIZERS[net][1],
                                     "draws": ",".join(map(str, draws)), "torch": torch.__version__})


def optimizers():
    """Five steps on given gradients of two tensors, at a rate that decays."""
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, lr=1),
        "sgd-decay": lambda p: torch.optim.SGD(p, lr=1, weight_decay=0.01),
        "momentum": lambda p: torch.optim.SGD(p, lr=1, momentum=0.9),
        "momentum-decay": lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, weight_decay=0.01),
        "adam": lambda p: torch.optim.Adam(p, lr=1),
        "adam-beta": lambda p: torch.optim.Adam(p, lr=1, betas=(0.0, 0.99)),
        "adam-decay": lambda p: torch.optim.Adam(p, lr=1, weight_decay=0.01),
        "adamw": lambda p: torch.optim.AdamW(p, lr=1, weight_decay=0.01),
    }
    out = {}
    for name, make in makers.items():
        params = [torch.from_numpy(noise(f"optim/{k}", c)).requires_grad_() for k, c in (("a", 67), ("b", 5))]
        optimizer = make(params)
        for step in range(5):
            for group in optimizer.param_groups:
                group["lr"] = 0.01 * 0.9**step
            for p, k in zip(params, "ab"):
                p.grad = torch.from_numpy(noise(f"optim/{k}/{step}", p.numel()))
            optimizer.step()
        out[name + "/a"], out[name + "/b"] = params[0].detach(), params[1].detach()
    params = [torch.zeros(67, requires_grad=True), torch.zeros(5, requires_grad=True)]
    for p, k in zip(params, "ab"):
        p.grad = torch.from_numpy(noise(f"optim/{k}/0", p.numel()))
    out["norm"] = torch.nn.utils.clip_grad_norm_(params, 1.5).reshape(1)
    out["clipped/a"], out["clipped/b"] = params[0].grad, params[1].grad
    write("golden_optim", out, {"torch": torch.__version__})


OPTIONS = {"mlp": {"widths": "[19, 8]"}, "layers": {"layers": LAYERS}}
ONLY = sys.argv[1:] or [*NETS, "optim"]
for net in NETS:
    if net in ONLY:
        network(net, 32 if net == "toy" else 4, 0.05, 4, 3, 1 << 30, **OPTIONS.get(net, {}))
if "pyramid" in ONLY:
    network("pyramid", 4, 0.05, 4, 3, 1 << 30, suffix="-fade", fade=0.375)
for net, n, leak in (("vanilla", 32, 0.05), ("vanilla", 64, 0.2), ("nonlocal", 32, 0.05), ("resnet", 32, 0.05)):
    if net in ONLY:
        network(net, n, leak, 2, 0, 1024)
if "optim" in ONLY:
    optimizers()
