"""GLB: a glTF 2.0 surface with vertex colours in one file, its recipe in `asset.extras`."""

import json
import re

import numpy as np

from gan_demos.errors import MediaError
from gan_demos.media.meshes import Mesh
from gan_demos.recipes import MAX_BYTES, Recipe

MAGIC = re.compile(rb"glTF\x02\0\0\0", re.DOTALL)
SUFFIX = ".glb"
KEY = "gan_demos.recipe"
FLOAT, BYTE, CODES = 5126, 5121, {2: 5123, 4: 5125}  # glTF's codes of types; whole numbers of an index by their bytes
VERTICES, INDICES = 34962, 34963  # what a part of the buffer is for
LAST_SHORT = 65_535  # vertices that two bytes can tell apart: the last number is kept for "begin anew"
MAX_HEADER = 4 * MAX_BYTES  # of the JSON; the recipe in it is escaped once


def encode(mesh: Mesh, recipe: Recipe) -> bytes:
    """A GLB file of one mesh, y up. The same mesh and recipe give the same bytes.

    Packed here rather than by trimesh, which writes every index in four bytes: up to 65,535 vertices, two are enough. Of a flat mesh no
    normals are written and corners are shared, which takes a quarter of the room: glTF has viewers shade such a mesh face by face.
    """
    vertices, colours, faces = mesh.shared() if mesh.flat else (mesh.vertices, mesh.colours, mesh.faces)
    # glTF's vertex colours are linear light
    linear = np.rint(255 * ((colours / 255 + 0.055) / 1.055) ** 2.4).astype(np.uint8)
    opaque = np.concatenate([linear, np.full((len(linear), 1), 255, np.uint8)], 1)
    corners = faces.ravel().astype("<u2" if len(vertices) <= LAST_SHORT else "<u4")
    parts = [("POSITION", vertices.astype("<f4"), FLOAT, "VEC3"), ("COLOR_0", opaque, BYTE, "VEC4")]
    if not mesh.flat:
        parts.append(("NORMAL", mesh.normals.astype("<f4"), FLOAT, "VEC3"))
    parts.append(("", corners, CODES[corners.itemsize], "SCALAR"))
    accessors, views, body = [], [], b""
    for name, part, code, kind in parts:
        data = part.tobytes()
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": len(data), "target": VERTICES if name else INDICES})
        accessors.append({"bufferView": len(accessors), "componentType": code, "count": len(part), "type": kind})
        body += data + b"\0" * (-len(data) % 4)
    attributes = {name: number for number, (name, *_) in enumerate(parts) if name}
    accessors[0] |= {"min": vertices.min(0).tolist(), "max": vertices.max(0).tolist()}
    accessors[1]["normalized"] = True
    tree = {
        "asset": {"version": "2.0", "generator": "gan_demos", "extras": {KEY: recipe.to_json()}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "shape"}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": len(attributes), "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.85}}],  # the default is polished metal
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    head = json.dumps(tree, separators=(",", ":")).encode("ascii")
    head += b" " * (-len(head) % 4)
    chunks = len(head).to_bytes(4, "little") + b"JSON" + head + len(body).to_bytes(4, "little") + b"BIN\0" + body
    return b"glTF" + (2).to_bytes(4, "little") + (12 + len(chunks)).to_bytes(4, "little") + chunks


def read_recipe(data: bytes) -> Recipe:
    """The recipe in a GLB file's `asset.extras`; the shape is not read. `MediaError` if there is none, `RecipeError` if malformed."""
    size, kind = int.from_bytes(data[12:16], "little"), data[16:20]
    if kind != b"JSON" or size > min(MAX_HEADER, len(data) - 20):
        raise MediaError("This GLB file is damaged, or was not made here: its description does not fit.")
    try:
        tree = json.loads(data[20 : 20 + size])
        text = tree["asset"]["extras"][KEY]
    except (ValueError, RecursionError):
        raise MediaError("This GLB file is damaged: its description is not JSON.") from None
    except (KeyError, TypeError):
        raise MediaError("This GLB file holds no recipe: it was not made here, or another program saved it again.") from None
    if not isinstance(text, str):
        raise MediaError("This GLB file holds no recipe: what stands in its place is no text.")
    return Recipe.from_json(text)
