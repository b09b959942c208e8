"""OBJ: a surface as text, colours behind each vertex as most programs read them, the recipe in the comments of its first lines."""

import re

import numpy as np

from gan_demos.errors import MediaError
from gan_demos.media.meshes import Mesh
from gan_demos.recipes import MAX_BYTES, Recipe

MAGIC = re.compile(rb"# gan_demos\.recipe ")
SUFFIX = ".obj"
COMMENT = b"# gan_demos.recipe "
LINE = 200  # characters of the recipe in a line
MAX_HEADER = 2 * MAX_BYTES


def encode(mesh: Mesh, recipe: Recipe) -> bytes:
    """An OBJ file of a mesh, y up, with normals; colours are red, green, blue from 0 to 1 after x, y, z. The same content and recipe give
    the same bytes."""
    text = recipe.to_json()
    lines = [COMMENT.decode() + text[start : start + LINE] for start in range(0, len(text), LINE)]
    rows = np.concatenate([mesh.vertices.astype(np.float64), mesh.colours / 255.0], 1)
    lines += ["v {:.5f} {:.5f} {:.5f} {:.3f} {:.3f} {:.3f}".format(*row) for row in rows.tolist()]
    lines += ["vn {:.3f} {:.3f} {:.3f}".format(*row) for row in mesh.normals.tolist()]
    lines += ["f {0}//{0} {1}//{1} {2}//{2}".format(*row) for row in (mesh.faces + 1).tolist()]
    return ("\n".join(lines) + "\n").encode("ascii")


def read_recipe(data: bytes) -> Recipe:
    """The recipe in an OBJ file's first comments. `MediaError` if there is none, `RecipeError` if malformed."""
    parts = []
    for line in data[:MAX_HEADER].split(b"\n"):
        if not line.startswith(COMMENT):
            break
        parts.append(line.removeprefix(COMMENT).rstrip(b"\r"))
    if not parts:
        raise MediaError("This OBJ file holds no recipe: it was not made here, or another program saved it again without its comments.")
    return Recipe.from_json(b"".join(parts))
