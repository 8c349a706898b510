"""Writes the fixtures of this folder with Pillow and NumPy: what the Go readers are held against.

    python make.py DIR      DIR holds cifar-10-batches-bin
"""
import os
import sys

import numpy
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(here, name)


# CIFAR-10 (Krizhevsky 2009): the first 8 records of the training set, and what they are as [8, 32, 32, 3] bytes.
with open(os.path.join(sys.argv[1], "cifar-10-batches-bin", "data_batch_1.bin"), "rb") as f:
    records = f.read(8 * 3073)
with open(path("cifar10_8.bin"), "wb") as f:
    f.write(records)
pixels = numpy.frombuffer(records, numpy.uint8).reshape(8, 3073)[:, 1:].reshape(8, 3, 32, 32).transpose(0, 2, 3, 1)
numpy.save(path("cifar10_8.npy"), numpy.ascontiguousarray(pixels))

# A smooth picture with an edge, wider than high, no symmetry: every orientation and every crop looks different.
h, w = 37, 61
y, x = numpy.mgrid[0:h, 0:w]
red = 255 * x / (w - 1)
green = 255 * y / (h - 1)
blue = numpy.where(x + 2 * y < 60, 220, 30)
rgb = numpy.stack([red, green, blue], -1).round().astype(numpy.uint8)
picture = Image.fromarray(rgb)
picture.save(path("picture.png"), optimize=True)
for size in (8, 16, 37, 50):
    left = (w - h) / 2
    square = picture.resize((size, size), Image.BILINEAR, box=(left, 0, left + h, h))
    numpy.save(path(f"picture_{size}.npy"), numpy.asarray(square))
picture.save(path("picture.jpg"), quality=95, subsampling=0)
picture.save(path("progressive.jpg"), quality=95, progressive=True)
picture.convert("CMYK").save(path("cmyk.jpg"), quality=95)
picture.convert("L").save(path("grey.jpg"), quality=95)

# The same picture, stored turned, with the EXIF orientation that brings it upright.
stored = {
    2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
    6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270,
}
for orientation, turn in stored.items():
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = picture.transpose(turn)
    turned.save(path(f"orientation{orientation}.jpg"), quality=95, subsampling=0, exif=exif)
    if orientation == 6:
        turned.save(path("orientation6.png"), exif=exif)

# Formats that Go does not write, or not like this: both kinds of WebP, an animation, turned by their metadata, compressed.
turned = picture.transpose(Image.ROTATE_90)
exif = Image.Exif()
exif[0x0112] = 6
picture.save(path("lossless.webp"), lossless=True)
picture.save(path("lossy.webp"), quality=95)
turned.save(path("orientation6.webp"), lossless=True, exif=exif)
turned.save(path("orientation6.tif"), compression="tiff_lzw", exif=exif)
picture.save(path("deflate.tif"), compression="tiff_adobe_deflate")
picture.save(path("picture.bmp"))
few = picture.quantize(64)
few.save(path("picture.gif"), save_all=True, append_images=[few.transpose(Image.ROTATE_180)])

numpy.save(path("u1.npy"), numpy.arange(24, dtype=numpy.uint8).reshape(2, 2, 3, 2) * 11)
