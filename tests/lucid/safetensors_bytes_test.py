#!/usr/bin/env python3
"""Reads and writes safetensors files byte by byte, with nothing of lucid's, beside what lucid does.

usage: safetensors_bytes_test.py FILE_TOOL
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

TOOL = ""

FORMATS = {"BOOL": "?", "U8": "B", "I32": "i", "I64": "q", "F32": "f", "F64": "d"}

TENSORS = {
    "layer.weight": ("F32", [2, 3], [1.0, -2.5, 0.0, 3.25, float("inf"), 2.0 ** -149]),
    "layer.bias": ("F64", [2], [1.5, -1e300]),
    "steps": ("I64", [], [-(2 ** 63)]),
    "labels": ("I32", [1, 3], [1, -1, 2 ** 31 - 1]),
    "image": ("U8", [3], [0, 128, 255]),
    "mask": ("BOOL", [2, 2], [True, False, False, True]),
    "nothing": ("F32", [0, 4], []),
    "\u00e4\U0001f600 \"quoted\"\n": ("U8", [1], [7]),
}
METADATA = {"format": "pt", "\u00fc": "a \"b\"\n"}


def write(path, tensors, metadata, leading="", trailing=""):
    """Writes a file the way another program would, in the order given."""
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}{FORMATS[dtype]}", *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = (leading + json.dumps(header) + trailing).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(path):
    """The tensors and metadata of a file, and its header in order; checks what lucid promises."""
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<Q", raw)
    assert length % 8 == 0, f"the header has {length} bytes, no multiple of 8"
    text = raw[8:8 + length].decode("utf-8")
    assert text.startswith("{") and text.rstrip(" ").endswith("}"), text
    pairs = json.loads(text, object_pairs_hook=list)
    names = [name for name, _ in pairs if name != "__metadata__"]
    # By the bytes of their UTF-8, which is not Python's order of text everywhere.
    assert names == sorted(names, key=lambda name: name.encode()), names
    header = json.loads(text)
    metadata = header.pop("__metadata__", {})
    data, tensors, covered = raw[8 + length:], {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert set(entry) == {"dtype", "shape", "data_offsets"}, entry
        begin, end = entry["data_offsets"]
        code = FORMATS[entry["dtype"]]
        count = 1
        for size in entry["shape"]:
            count *= size
        assert begin == covered and end - begin == count * struct.calcsize("<" + code), entry
        assert (8 + length + begin) % struct.calcsize("<" + code) == 0, f"{name} is not aligned"
        tensors[name] = (entry["dtype"], entry["shape"],
                         list(struct.unpack_from(f"<{count}{code}", data, begin)))
        covered = end
    assert covered == len(data), f"{len(data)} bytes of data, {covered} belong to tensors"
    return tensors, metadata


class SafetensorsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def through_lucid(self, command="convert", **options):
        """What is left of the tensors after lucid has read and written them."""
        given, returned = self.folder / "given.safetensors", self.folder / "returned.safetensors"
        write(given, TENSORS, METADATA, **options)
        subprocess.run([TOOL, command, given, returned], check=True)
        return read(returned)

    def test_all_types_names_and_metadata_come_back(self):
        self.assertEqual(self.through_lucid(), (TENSORS, METADATA))

    def test_the_same_mapped_whatever_the_alignment(self):
        for spaces in range(8):
            self.assertEqual(self.through_lucid("mapped", trailing=" " * spaces), (TENSORS, METADATA))

    def test_space_around_the_header_is_accepted(self):
        self.assertEqual(self.through_lucid(leading="\n\t ", trailing=" \r\n"), (TENSORS, METADATA))

    def test_what_lucid_wrote_it_writes_again(self):
        self.through_lucid()
        first, second = self.folder / "returned.safetensors", self.folder / "again.safetensors"
        subprocess.run([TOOL, "convert", first, second], check=True)
        self.assertEqual(first.read_bytes(), second.read_bytes())


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    unittest.main()
