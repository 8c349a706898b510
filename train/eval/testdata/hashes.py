"""The hash that stands for random numbers on both sides of the tests."""
import numpy as np


def uniform(seed, count):
    h = (np.arange(count, dtype=np.uint64) + np.uint64(seed) * np.uint64(1_000_003)).astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float32) / np.float32(2**24)
