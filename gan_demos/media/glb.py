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
MAX_HEADER = 4 * MAX_BYTES  # of the JSON; the recipe in it is escaped once


def encode(mesh: Mesh, recipe: Recipe) -> bytes:
    """A GLB file of one mesh, y up. The same mesh and recipe give the same bytes."""
    import trimesh

    # glTF's vertex colours are linear light
    linear = np.rint(255 * ((mesh.colours / 255 + 0.055) / 1.055) ** 2.4).astype(np.uint8)
    colours = np.concatenate([linear, np.full((len(linear), 1), 255, np.uint8)], 1)
    body = trimesh.Trimesh(mesh.vertices, mesh.faces, vertex_normals=mesh.normals, vertex_colors=colours, process=False)

    def sign(tree: dict) -> None:
        tree["asset"]["extras"] = {KEY: recipe.to_json()}
        tree["materials"] = [{"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.85}}]  # the default is polished metal
        for part in tree["meshes"]:
            for primitive in part["primitives"]:
                primitive["material"] = 0

    return trimesh.exchange.gltf.export_glb(trimesh.Scene({"shape": body}), include_normals=True, tree_postprocessor=sign)


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
