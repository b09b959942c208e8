"""Surfaces of triangles, as the formats of shapes take them; and STL, which has no room for a recipe."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gan_demos.errors import MediaError
from gan_demos.recipes import Recipe

MAX_FACES = 2_000_000
STL_HEADER = 80
STL_FACE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
UP_IS_Z = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # (x, y up, z to the viewer) → (x, away from the viewer, z up)


@dataclass(frozen=True)
class Mesh:
    """Triangles with outward normals: `vertices` (V, 3) float32, `faces` (F, 3) int64, counter-clockwise seen from outside, `normals`
    (V, 3) float32 of length 1, `colours` (V, 3) uint8 sRGB. Axes are glTF's: x to the right, y up, z towards the viewer. `flat`: the
    normals are those of the faces, so that every corner stands in `vertices` once a face; `shared` needs fewer."""

    vertices: NDArray[np.float32]
    faces: NDArray[np.int64]
    normals: NDArray[np.float32]
    colours: NDArray[np.uint8]
    flat: bool = False

    def __post_init__(self) -> None:
        count = len(self.vertices)
        if not len(self.faces) or not count:
            raise MediaError("This shape is empty: there is nothing to write.")
        if len(self.faces) > MAX_FACES:
            raise MediaError(f"This shape has {len(self.faces):,} triangles; {MAX_FACES:,} are written at most.")
        shapes = (self.vertices.shape, self.normals.shape, self.colours.shape)
        if shapes != ((count, 3),) * 3 or self.faces.shape[1:] != (3,) or self.colours.dtype != np.uint8:
            raise MediaError(f"A mesh's vertices, normals and colours have the shape (V, 3) and its faces (F, 3), not {shapes}.")
        if not (np.isfinite(self.vertices).all() and np.isfinite(self.normals).all()):
            raise MediaError("This shape has places that are not numbers, so it cannot be written.")
        if self.faces.min() < 0 or self.faces.max() >= count:
            raise MediaError("This shape has triangles between vertices that do not exist.")

    def turned(self, matrix: NDArray) -> "Mesh":
        """Every vertex and normal turned by a rotation (3, 3)."""
        turned = [(part @ matrix.T).astype(np.float32) for part in (self.vertices, self.normals)]
        return replace(self, vertices=turned[0], normals=turned[1])

    def shared(self) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int64]]:
        """Vertices (U, 3), colours (U, 3) and faces (F, 3) with each vertex of one place and colour once: for who asks for no normals."""
        whole = np.concatenate([self.vertices, self.colours], 1)
        _, first, number = np.unique(whole, axis=0, return_index=True, return_inverse=True)
        return self.vertices[first], self.colours[first], number.reshape(-1)[self.faces]


def stl(mesh: Mesh, recipe: Recipe, millimetres: float) -> bytes:
    """A binary STL file, its longest side `millimetres` long, z up and standing on z = 0, as printing programs expect.

    STL knows no colours, no units and no room for text but its first 80 bytes. So the recipe is not inside: the 80 bytes name the sha256
    of its JSON, by which one finds the file that holds it. It is therefore none of `media.FORMATS`. `MediaError` for a size that is not
    positive and finite.
    """
    if not (np.isfinite(millimetres) and millimetres > 0):
        raise MediaError(f"A print's size is a positive number of millimetres, not {millimetres}.")
    vertices = mesh.vertices.astype(np.float64) @ UP_IS_Z.T
    low, high = vertices.min(0), vertices.max(0)
    middle = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    corners = ((vertices - middle) * (millimetres / (high - low).max())).astype("<f4")[mesh.faces]  # (F, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    packed = np.zeros(len(corners), STL_FACE)
    packed["corners"] = corners
    packed["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-20)
    digest = hashlib.sha256(recipe.to_json().encode()).hexdigest()
    header = f"gan_demos mm {digest}".encode().ljust(STL_HEADER)
    return header + len(packed).to_bytes(4, "little") + packed.tobytes()
