"""Reads and writes safetensors files of NumPy arrays (docs/model-format.md)."""
import hashlib
import json
import struct

import numpy as np

# By falling element size, so that every tensor is aligned.
DTYPES = {"F32": np.float32, "U32": np.uint32, "I32": np.int32,
          "U16": np.uint16, "I16": np.int16, "I8": np.int8}


def write(path, tensors, metadata):
    """tensors: name -> array of a dtype above; adds `sha256`."""
    kind = {np.dtype(v): k for k, v in DTYPES.items()}
    rank = {k: i for i, k in enumerate(DTYPES)}
    names = sorted(tensors, key=lambda n: (rank[kind[tensors[n].dtype]], n))
    blob, header = [], {}
    at = 0
    for n in names:
        t = np.ascontiguousarray(tensors[n])
        raw = t.astype(t.dtype.newbyteorder("<")).tobytes()
        header[n] = {"dtype": kind[t.dtype], "shape": list(t.shape),
                     "data_offsets": [at, at + len(raw)]}
        blob.append(raw)
        at += len(raw)
    blob = b"".join(blob)
    meta = dict(metadata, sha256=hashlib.sha256(blob).hexdigest())
    text = json.dumps(dict({"__metadata__": meta}, **header),
                      separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + blob)


def read(path):
    """(tensors, metadata)."""
    with open(path, "rb") as f:
        data = f.read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    meta = header.pop("__metadata__")
    out = {}
    for name, t in header.items():
        a, b = t["data_offsets"]
        out[name] = np.frombuffer(data[8 + n + a:8 + n + b],
                                  DTYPES[t["dtype"]]).reshape(t["shape"])
    return out, meta
