"""Expected levels of sliced_test.go, by SciPy: python3 pyramid.py

Writes pyramid.npy, float32: the levels, one after the other, of the Laplacian pyramid of a 32×24 picture of three channels
whose bytes are hashes of their places.
"""
import numpy as np
from scipy import ndimage

from hashes import uniform

H, W, LEVELS = 32, 24, 3
kernel = np.array([1, 4, 6, 4, 1]) / 16
kernel = np.outer(kernel, kernel)[:, :, None]


def down(x):
    return ndimage.convolve(x, kernel, mode="mirror")[::2, ::2]


def up(x):
    y = np.zeros((2 * x.shape[0], 2 * x.shape[1], x.shape[2]))
    y[::2, ::2] = 4 * x
    return ndimage.convolve(y, kernel, mode="mirror")


x = np.floor(uniform(5, H * W * 3) * 256).reshape(H, W, 3).astype(np.float64)
levels = []
for _ in range(LEVELS - 1):
    below = down(x)
    levels.append(x - up(below))
    x = below
levels.append(x)
np.save("pyramid.npy", np.concatenate([v.ravel() for v in levels]).astype(np.float32))
