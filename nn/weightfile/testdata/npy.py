"""Writes the .npy and .npz fixtures of this folder with NumPy.

    venv/bin/python nn/weightfile/testdata/npy.py
"""
import os

import numpy

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(here, name)


# 2×2×3×2 values k/8 − 1.5 in each form that NumPy writes.
a = (numpy.arange(24).reshape(2, 2, 3, 2) / 8 - 1.5).astype(numpy.float32)
numpy.save(path("f2.npy"), a.astype(numpy.float16))
numpy.save(path("f4.npy"), a)
numpy.save(path("f4_big.npy"), a.astype(">f4"))
numpy.save(path("f8.npy"), a.astype(numpy.float64))
numpy.save(path("fortran.npy"), numpy.asfortranarray(a))
numpy.save(path("scalar.npy"), numpy.float32(3))
numpy.savez(path("two.npz"), **{"f.0.weight": a, "f.0.bias": numpy.arange(3, dtype=numpy.float64)})
numpy.savez_compressed(path("compressed.npz"), zeros=numpy.zeros((100, 100), numpy.float32), **{"f.0.weight": a})
numpy.savez(path("beside.npz"), **{"f.0.weight": a, "steps": numpy.int64(7), "mask": a > 0, "text": numpy.array("x"),
                                   "complex": a.astype(numpy.complex64), "half": a.astype(numpy.float16)})
with open(path("version2.npy"), "wb") as f:
    numpy.lib.format.write_array(f, a, version=(2, 0))
