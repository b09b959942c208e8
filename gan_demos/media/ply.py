"""PLY: points, or a surface, with normals and colours (binary, little-endian), the recipe in the comments of its header."""

import re

import numpy as np

from gan_demos.errors import MediaError
from gan_demos.media.meshes import Mesh
from gan_demos.recipes import MAX_BYTES, Recipe

MAGIC = re.compile(rb"ply\r?\n")
SUFFIX = ".ply"
COMMENT = b"comment gan_demos.recipe "
LINE = 200  # characters of the recipe in a line: some readers take no long ones
MAX_HEADER = 2 * MAX_BYTES
VERTEX = np.dtype([("place", "<f4", 3), ("normal", "<f4", 3), ("colour", "u1", 3)])
FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def encode(mesh: Mesh, recipe: Recipe, points_only: bool = False) -> bytes:
    """A PLY file of a mesh, or of its vertices alone; axes as in the mesh, y up. The same content and recipe give the same bytes."""
    vertices = np.zeros(len(mesh.vertices), VERTEX)
    vertices["place"], vertices["normal"], vertices["colour"] = mesh.vertices, mesh.normals, mesh.colours
    faces = np.zeros(0 if points_only else len(mesh.faces), FACE)
    if len(faces):
        faces["count"], faces["corners"] = 3, mesh.faces
    text = recipe.to_json()
    lines = ["ply", "format binary_little_endian 1.0"]
    lines += [COMMENT.decode() + text[start : start + LINE] for start in range(0, len(text), LINE)]
    lines += [f"element vertex {len(vertices)}", *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz"))]
    lines += [f"property uchar {name}" for name in ("red", "green", "blue")]
    if len(faces):
        lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    return "\n".join([*lines, "end_header", ""]).encode("ascii") + vertices.tobytes() + faces.tobytes()


def read_recipe(data: bytes) -> Recipe:
    """The recipe in the comments of a PLY file's header. `MediaError` if there is none, `RecipeError` if malformed."""
    head, end, _ = data[:MAX_HEADER].partition(b"end_header")
    if not end:
        raise MediaError("This PLY file is damaged, or was not made here: its header does not end.")
    parts = [line.removeprefix(COMMENT) for line in head.split(b"\n") if line.startswith(COMMENT)]
    if not parts:
        raise MediaError("This PLY file holds no recipe: it was not made here, or another program saved it again without its comments.")
    return Recipe.from_json(b"".join(part.rstrip(b"\r") for part in parts))
