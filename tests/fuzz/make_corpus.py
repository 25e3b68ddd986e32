#!/usr/bin/env python3
"""Writes the files that fuzzing starts from, one folder for each fuzzer; needs NumPy.

usage: make_corpus.py FOLDER
"""

import gzip
import io
import json
import pathlib
import struct
import sys
import zipfile

import numpy


def safetensors(tensors, metadata=None):
    """The bytes of a file with tensors given as name: (dtype, shape, bytes)."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def npy(array, version=None):
    """The bytes of a .npy file."""
    out = io.BytesIO()
    numpy.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def npz(save, **arrays):
    """The bytes of a .npz file."""
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


class Pipe(io.BytesIO):
    """A file that cannot go back, so that sizes come behind the data."""

    def seek(self, *_):
        raise OSError("a pipe")

    def tell(self):
        raise OSError("a pipe")


def streamed(array):
    """A .npz file that was written to a pipe."""
    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(array))
    return out.getvalue()


def idx(kind, shape, payload):
    """The bytes of an IDX file."""
    return bytes([0, 0, kind, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape) + payload


def corpus():
    """Yields fuzzer, name and bytes of each file."""
    floats = struct.pack("<4f", 1, -2.5, 3, float("inf"))
    yield "safetensors", "empty", safetensors({})
    yield "safetensors", "some", safetensors(
        {"w": ("F32", [2, 2], floats), "n": ("I64", [], bytes(8)), "z": ("F64", [0, 3], b"")},
        {"epoch": "3"})
    yield "safetensors", "narrow", safetensors(
        {"h": ("F16", [3], b"\x00\x3c\x00\x7c\x01\x00"), "b": ("BF16", [1], b"\x80\x3f"),
         "t": ("BOOL", [2], b"\0\1"), "u": ("U8", [1], b"\xff"), "i": ("I32", [1], b"\1\2\3\4")})
    yield "safetensors", "uninitialized", safetensors(
        {"w": ("F32", [2, 2], floats)}, {"lucid.uninitialized": '["0.weight","0.bias"]'})
    values = numpy.arange(6).reshape(2, 3)
    for dtype in ("|u1", "|i1", "<u2", ">i2", "<u4", ">i4", "<i8", "<f2", ">f4", "<f8"):
        yield "npy", f"type-{dtype[1:]}", npy(values.astype(dtype))
    yield "npy", "type-b1", npy(values > 2)
    yield "npy", "fortran", npy(numpy.asfortranarray(values.astype("f4")))
    yield "npy", "version-2", npy(numpy.float64(1.5), (2, 0))
    yield "npy", "version-3", npy(numpy.zeros((0, 2), "i4"), (3, 0))
    small, plain = numpy.arange(3, dtype="f4"), numpy.zeros((2, 20), "f8")
    yield "npz", "stored", npz(numpy.savez, a=small)
    yield "npz", "deflated", npz(numpy.savez_compressed, b=plain, a=small)
    yield "npz", "streamed", streamed(small)
    yield "npz", "empty", npz(numpy.savez)
    for kind, size in ((8, 1), (9, 1), (11, 2), (12, 4), (13, 4), (14, 8)):
        yield "idx", f"type-{kind}", idx(kind, [2, 3], bytes(range(6 * size)))
    yield "idx", "compressed", gzip.compress(idx(8, [1, 2, 2], b"abcd"), mtime=0)
    yield "idx", "two-members", gzip.compress(idx(8, [3], b"a"), mtime=0) + gzip.compress(b"bc", mtime=0)


def main():
    for fuzzer, name, data in corpus():
        folder = pathlib.Path(sys.argv[1]) / fuzzer
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
