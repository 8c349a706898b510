"""Expected features of network_test.go: python3 inception.py, with PyTorch and pytorch-fid.

Writes inception.npy, float32 [4, 2048]: the features of one picture of each size in SIZES by pytorch-fid's InceptionV3 with
weights and batch-normalisation statistics that are hashes of their names and places. With an argument it writes those
weights there too, as torch.save does.
"""
import sys
import zlib

import numpy as np
import pytorch_fid.inception
import torch

SIZES = [(32, 32), (64, 64), (37, 51), (301, 320)]


def uniform(name, count):
    h = (np.arange(count, dtype=np.uint64) + np.uint64(zlib.crc32(name.encode()))).astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float32) / np.float32(2**24)


def tensor(name, like):
    if not like.is_floating_point():
        return like
    u = uniform(name, like.numel()).reshape(tuple(like.shape))
    if name.endswith("conv.weight"):
        scale = np.float32((24 / np.prod(like.shape[1:])) ** 0.5)
        u = (u - np.float32(0.5)) * scale
    elif name.endswith(("bn.weight", "bn.running_var")):
        u = u + np.float32(0.5)
    else:
        u = u - np.float32(0.5)
    return torch.from_numpy(np.ascontiguousarray(u))


def weights(like):
    return {k: tensor(k, v) for k, v in like.items()}


def network():
    """InceptionV3 of pytorch-fid with these weights in place of the ones that it would fetch."""
    original = pytorch_fid.inception._inception_v3
    made = {}

    def build(*args, **kwargs):
        made["inception"] = original(*args, **kwargs)
        return made["inception"]

    pytorch_fid.inception._inception_v3 = build
    pytorch_fid.inception.load_state_dict_from_url = lambda *_, **__: weights(made["inception"].state_dict())
    model = pytorch_fid.inception.InceptionV3().eval()
    return model, weights(made["inception"].state_dict())


def pictures():
    for h, w in SIZES:
        bytes_ = np.floor(uniform(f"picture {h}x{w}", h * w * 3) * 256).astype(np.uint8).reshape(h, w, 3)
        yield torch.from_numpy(bytes_).permute(2, 0, 1).float().div(255)[None]


if __name__ == "__main__":
    model, state = network()
    with torch.no_grad():
        features = [model(x)[0].reshape(2048).numpy() for x in pictures()]
    np.save("inception.npy", np.stack(features))
    if len(sys.argv) > 1:
        torch.save(state, sys.argv[1])
