#!/usr/bin/env python3
"""Exchanges .npy and .npz files with NumPy, both ways; skipped where NumPy is not installed.

usage: numpy_test.py FILE_TOOL
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

try:
    import numpy
except ImportError:
    print("skipped: NumPy is not installed for this Python")
    sys.exit(77)

TOOL = ""

# Each type, and the one that lucid has for it.
TYPES = {"b1": "b1", "u1": "u1", "i1": "i4", "i2": "i4", "u2": "i4", "i4": "i4", "u4": "i8", "i8": "i8",
         "f2": "f4", "f4": "f4", "f8": "f8"}
SHAPES = [(), (1,), (7,), (2, 3), (3, 1, 5), (0,), (2, 0, 3), (1, 2, 1, 2, 1, 2, 1, 2)]


def values(kind, shape):
    """Numbers of a type, its least and greatest among them."""
    count = int(numpy.prod(shape))
    if kind == "b1":
        return (numpy.arange(count) % 3 == 0).reshape(shape)
    if kind[0] == "f":
        numbers = numpy.linspace(-2, 2, count).astype(kind)
        special = [numpy.finfo(kind).max, numpy.finfo(kind).tiny, numpy.inf, numpy.nan, -0.0]
    else:
        numbers = numpy.arange(count).astype(kind)
        special = [numpy.iinfo(kind).min, numpy.iinfo(kind).max]
    numbers[:len(special)] = special[:count]
    return numbers.reshape(shape)


class NumPyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def convert(self, name, to):
        """Lets lucid read the file of one name and write that of the other; returns its path."""
        subprocess.run([TOOL, "convert", self.folder / name, self.folder / to], check=True)
        return self.folder / to

    def refusal(self, name):
        """What lucid says of a file that it refuses."""
        done = subprocess.run([TOOL, "convert", self.folder / name, self.folder / "out.npz"],
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr

    def require_same(self, found, expected):
        """Types, shapes and bits."""
        self.assertEqual((found.dtype, found.shape), (expected.dtype, expected.shape))
        self.assertTrue(found.flags.c_contiguous)
        self.assertEqual(found.tobytes(), expected.tobytes())

    def expected(self, array):
        """What lucid makes of an array of NumPy's."""
        # Row-major and of this machine's byte order; a conversion from half keeps NaNs.
        return array.astype("=" + TYPES[array.dtype.str[1:]], order="C")

    def test_every_type_order_and_shape_is_read_and_written(self):
        arrays = {}
        for kind in TYPES:
            for mark in "<>":
                for shape in SHAPES:
                    for order in "CF":
                        name = f"{kind} {'little' if mark == '<' else 'big'} {shape} {order}"
                        arrays[name] = numpy.array(values(kind, shape), dtype=mark + kind, order=order)
        for save, ending in ((numpy.savez, ".npz"), (numpy.savez_compressed, "-compressed.npz")):
            save(self.folder / f"given{ending}", **arrays)
            with numpy.load(self.convert(f"given{ending}", f"returned{ending}")) as returned:
                self.assertEqual(list(arrays), returned.files)
                for name, array in arrays.items():
                    with self.subTest(name):
                        self.require_same(returned[name], self.expected(array))

    def test_every_version_of_the_format_is_read(self):
        array = values("f8", (2, 3))
        for version in ((1, 0), (2, 0), (3, 0)):
            with open(self.folder / "given.npy", "wb") as file:
                numpy.lib.format.write_array(file, array, version=version)
            path = self.convert("given.npy", "returned.npy")
            self.require_same(numpy.load(path), array)
            raw = path.read_bytes()
            self.assertEqual(raw[6:8], b"\1\0")
            self.assertEqual((10 + int.from_bytes(raw[8:10], "little")) % 64, 0)

    def test_nans_keep_their_payload(self):
        bits = numpy.array([0x7ff8000000000001, 0xfff0000000abcdef, 0x7ff0000000000001], "u8")
        numpy.save(self.folder / "given.npy", bits.view("f8"))
        returned = numpy.load(self.convert("given.npy", "returned.npy"))
        self.assertEqual(returned.tobytes(), bits.tobytes())

    def test_an_array_larger_than_any_buffer(self):
        array = numpy.random.default_rng(0).integers(0, 5, (1000, 1700)).astype(">i2")
        numpy.savez_compressed(self.folder / "given.npz", array=numpy.asfortranarray(array))
        for to in ("returned.npz", "compressed.npz"):
            with numpy.load(self.convert("given.npz", to)) as returned:
                self.require_same(returned["array"], array.astype("i4"))
        with zipfile.ZipFile(self.folder / "compressed.npz") as archive:
            self.assertIsNone(archive.testzip())

    def test_types_without_a_counterpart_are_refused_by_name(self):
        for array, why in ((numpy.zeros(2, "u8"), "unsigned 64-bit"), (numpy.zeros(2, "c8"), "complex"),
                           (numpy.array(["a"]), "text"), (numpy.array([b"a"]), "text"),
                           (numpy.zeros(2, [("x", "f4")]), "structured"),
                           (numpy.zeros(2, "V3"), "records or raw"), (numpy.zeros(2, "M8[s]"), "dates"),
                           (numpy.array([None], object), "objects"), (numpy.zeros(2, "g"), "long doubles")):
            numpy.save(self.folder / "given.npy", array)
            self.assertIn(why, self.refusal("given.npy"))

    def test_an_archive_written_to_a_pipe(self):
        reading, writing = os.pipe()
        array = values("f4", (2, 3))
        with os.fdopen(reading, "rb") as source:
            with os.fdopen(writing, "wb") as sink:
                numpy.savez_compressed(sink, a=array, b=array)
            (self.folder / "given.npz").write_bytes(source.read())
        with numpy.load(self.convert("given.npz", "returned.npz")) as returned:
            self.require_same(returned["b"], array)

    def test_more_entries_than_sixteen_bits_count(self):
        count = 66_000
        with zipfile.ZipFile(self.folder / "given.npz", "w") as archive:
            numpy.save(self.folder / "one.npy", numpy.zeros((), "u1"))
            one = (self.folder / "one.npy").read_bytes()
            for i in range(count):
                archive.writestr(f"{i}.npy", one)
        with zipfile.ZipFile(self.convert("given.npz", "returned.npz")) as archive:
            self.assertEqual(len(archive.namelist()), count)

    def test_names_as_they_are(self):
        names = ["\u00e4\U0001f600", "a/b", "../up", "/root", " ", "file.npy"]
        with zipfile.ZipFile(self.folder / "given.npz", "w") as archive:
            for name in names:
                with archive.open(name + ".npy", "w") as file:
                    numpy.lib.format.write_array(file, numpy.zeros(1))
        with zipfile.ZipFile(self.convert("given.npz", "returned.npz")) as archive:
            self.assertEqual(archive.namelist(), [name + ".npy" for name in names])


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
