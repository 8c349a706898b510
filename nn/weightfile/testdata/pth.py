"""Makes the PyTorch files that pth_test.go reads.

    venv/bin/python nn/weightfile/testdata/pth.py     # rewrites its *.pth

A toy network of width 2 with the weights of golden.py's hash, and what real
checkpoints bring along: strides, shared and larger storages, other types.
"""
import os
from collections import OrderedDict
import torch

here = os.path.dirname(os.path.abspath(__file__))
state = OrderedDict()
widths = [2, 2, 4, 4, 4, 1]
value = 0
for layer, (i, o) in enumerate(zip(widths, widths[1:])):
    for name, shape in (("weight", (o, i, 1, 1)), ("bias", (o,))):
        count = o * (i if name == "weight" else 1)
        state[f"f.{2 * layer}.{name}"] = ((torch.arange(count) + value) / 64).reshape(shape)
        value += count
torch.save(state, os.path.join(here, "toy_zip.pth"))
torch.save(state, os.path.join(here, "toy_old.pth"), _use_new_zipfile_serialization=False)

base = torch.arange(24, dtype=torch.float32)
odd = OrderedDict(
    transposed=base.reshape(4, 6).t(),
    slice=base[5:9],
    half=torch.tensor([0.5, -2.0]).half(),
    bfloat=torch.tensor([1.5]).bfloat16(),
    double=torch.tensor([[0.1]], dtype=torch.float64),
    scalar=torch.tensor(3.0),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.tensor([7.0])),
    steps=torch.tensor(12),
)
torch.save({"epoch": 3, "best": 0.5, "args": {"lr": [1e-3, None, True]}, "state_dict": odd},
           os.path.join(here, "odd_zip.pth"))
torch.save({"epoch": 3, "best": 0.5, "args": {"lr": [1e-3, None, True]}, "state_dict": odd},
           os.path.join(here, "odd_old.pth"), _use_new_zipfile_serialization=False)
