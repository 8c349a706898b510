"""Makes the PyTorch files of testdata/forms, one for each form of state dict or tensor that forms_test.go reads.

    venv/bin/python nn/weightfile/testdata/forms.py

Each holds, if nothing else is said below, the tensors f.0.weight = (0, ¼, ½, ¾; 1, …) of shape 2×3 and
f.0.bias = (−1, 2), and what is beside them.
"""
import argparse
import os
from collections import Counter, OrderedDict, defaultdict

import numpy
import torch

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "forms")
os.makedirs(here, exist_ok=True)
weight = (torch.arange(6, dtype=torch.float32) / 4).reshape(2, 3)
bias = torch.tensor([-1.0, 2.0])


def state(**more):
    return OrderedDict([("f.0.weight", weight.clone()), ("f.0.bias", bias.clone())] + list(more.items()))


def save(name, value, **options):
    torch.save(value, os.path.join(here, name + ".pth"), **options)


class Config(dict):
    """A dict with attributes, as configuration libraries have them."""

    def __getattr__(self, key):
        return self[key]


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = [1], {"x": torch.ones(2)}


class Names(list):
    pass


class Words(set):
    pass


class Sub(torch.Tensor):
    pass


class Energy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.f = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
        with torch.no_grad():
            self.f[0].weight.copy_(weight)
            self.f[0].bias.copy_(bias)


# Forms of one tensor.
def parameter(t, **attributes):
    p = torch.nn.Parameter(t.clone())
    for key, value in attributes.items():
        setattr(p, key, value)
    return p


save("parameter", OrderedDict([("f.0.weight", parameter(weight)), ("f.0.bias", parameter(bias))]))
save("parameter_attributes", OrderedDict([("f.0.weight", parameter(weight, tag="x", other=torch.ones(3))), ("f.0.bias", parameter(bias, decay=False))]))
attributed = weight.clone()
attributed.note = {"why": [1, 2]}
save("tensor_attributes", OrderedDict([("f.0.weight", attributed), ("f.0.bias", bias)]))
save("subclass", OrderedDict([("f.0.weight", weight.as_subclass(Sub)), ("f.0.bias", bias.as_subclass(Sub))]))
save("buffer", OrderedDict([("f.0.weight", torch.nn.Buffer(weight.clone())), ("f.0.bias", bias)]))
save("negative", OrderedDict([("f.0.weight", torch._neg_view(-weight)), ("f.0.bias", torch._neg_view(-bias))]))
pairs = torch.complex(weight, -weight)
save("imaginary", OrderedDict([("f.0.weight", pairs.conj().imag), ("f.0.bias", torch.complex(bias, bias).real)]))
save("views", OrderedDict([("f.0.weight", torch.stack([weight, weight + 9], -1)[..., 0]), ("f.0.bias", torch.tensor([9.0, -1, 9, 2])[1::2])]))
save("transposed", OrderedDict([("f.0.weight", weight.t().contiguous().t()), ("f.0.bias", bias)]))
flat = torch.cat([bias, weight.flatten()])
save("flat", OrderedDict([("f.0.weight", flat[2:].view(2, 3)), ("f.0.bias", flat[:2])]))
save("half", OrderedDict([("f.0.weight", weight.half()), ("f.0.bias", bias.bfloat16())]))
save("double", OrderedDict([("f.0.weight", weight.double()), ("f.0.bias", bias.double())]))
save("channels_last", OrderedDict([("f.0.weight", weight.reshape(1, 2, 3, 1).to(memory_format=torch.channels_last).reshape(2, 3)), ("f.0.bias", bias)]))
save("expanded", OrderedDict([("f.0.weight", weight), ("f.0.bias", bias), ("f.2.bias", torch.tensor([3.0]).expand(4)), ("f.2.weight", bias.expand(3, 2))]))

# What is left out, by name.
save("beside", state(steps=torch.tensor(7), mask=weight > 0, small=torch.ones(2, dtype=torch.uint8), wide=torch.ones(2, dtype=torch.uint16),
                     eight=torch.ones(2).to(torch.float8_e4m3fn), pairs=pairs, sparse=weight.to_sparse(), rows=weight.to_sparse_csr(),
                     array=weight.numpy(), nowhere=torch.ones(2, device="meta"),
                     quantized=torch.quantize_per_tensor(bias, 0.5, 0, torch.qint8), listed=[bias, bias], sub={"x": weight}))

# Objects that no tensor needs.
config = Config(lr=1e-3, widths=[1, 2], nested=Config(a=1))
config.name = "x"
counts = defaultdict(list)
counts["a"].append(1)
save("objects", {"config": config, "slots": Slots(), "names": Names("ab"), "words": Words("ab"), "args": argparse.Namespace(lr=1, f=[2]),
                 "counts": counts, "counter": Counter("aab"), "dtype": torch.float32, "device": torch.device("cpu"),
                 "size": weight.shape, "big": 1 << 200, "minus": -(1 << 70), "complex": 1j, "bytes": b"abc", "array": numpy.arange(3),
                 "scalar": numpy.float64(0.5), "set": {1, 2}, "frozen": frozenset([1]), "ellipsis": ..., "range": range(3),
                 "function": torch.nn.functional.relu, "state_dict": state()})

# Where state dicts stand.
save("plain", state())
save("dict", dict(state()))
save("config", Config(state()))
for key in ("state_dict", "model", "model_state_dict", "net", "netE", "energy_0", "weights.best"):
    save("under_" + key, {"epoch": 3, "loss": torch.tensor(0.5), key: state()})
save("deep", {"checkpoint": {"models": [None, {"ebm": state()}]}, "step": 1})
save("tuple", (1, state()))
optimizer = torch.optim.Adam([parameter(weight), parameter(bias)])
for p in optimizer.param_groups[0]["params"]:
    p.grad = p.detach().clone()
optimizer.step()
save("optimizer", {"model": state(), "optimizer": optimizer.state_dict(), "scheduler": {"base": [1e-3]}, "rng_state": torch.get_rng_state()})
other = OrderedDict((k, v + 1) for k, v in state().items())
save("two", {"model": state(), "ema": other, "optimizer": optimizer.state_dict()})
save("beside_ema", dict(state(), ema=other))
save("nested", {"f": {"0": {"weight": weight, "bias": bias}, "2": {"weight": bias, "bias": bias}}})
save("nested_two", {key: {"f": {"0": {"weight": weight, "bias": bias}, "2": {"weight": bias, "bias": bias}}} for key in ("model", "ema")})
save("module", Energy())
save("module_under", {"model": Energy(), "epoch": 1})
save("wrapped", OrderedDict((f"module._orig_mod.net.{k}", v) for k, v in state().items()))
metadata = state()
metadata._metadata = OrderedDict([("", {"version": 1}), ("f.0", {"version": 2})])
save("versions", metadata)
shared = state()
shared["again"] = shared["f.0.weight"]
save("shared", shared)

# Forms of the file.
for protocol in (2, 3, 4, 5):
    save(f"protocol_{protocol}", {"state_dict": state(), "text": "é" * 300, "bytes": bytes(range(256)), "long": 1 << 3000}, pickle_protocol=protocol)
    save(f"old_protocol_{protocol}", {"state_dict": state(steps=torch.tensor(3))}, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
save("old_views", OrderedDict([("f.0.weight", flat[2:].view(2, 3)), ("f.0.bias", flat[:2])]), _use_new_zipfile_serialization=False)
save("old_types", state(steps=torch.tensor(3), mask=weight > 0, pairs=pairs), _use_new_zipfile_serialization=False)
torch.serialization.set_crc32_options(False)
save("no_crc", state())
