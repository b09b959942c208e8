"""What the shape models can be asked for, in the order of their labels, with the names people use; and the names of the checkpoints."""

HOUSEHOLD = {
    "bathtub": "Bathtub", "bed": "Bed", "chair": "Chair", "desk": "Desk", "dresser": "Dresser", "monitor": "Monitor",
    "night_stand": "Night stand", "sofa": "Sofa", "table": "Table", "toilet": "Toilet",
}  # fmt: skip
FINE = {
    "airplane": "Airplane", "chair": "Chair", "table": "Table", "cabinet": "Cabinet", "lamp": "Lamp", "sofa": "Sofa", "bed": "Bed",
}  # fmt: skip
AIRPLANES = {"airplane": "Airplane"}

VOXELS, FINE_VOXELS = "voxels-household", "voxels-fine"
POINTS, AIRPLANE_POINTS, RAW_POINTS, RAW_AIRPLANES = "points-household", "points-airplanes", "points-raw-household", "points-raw-airplanes"
JUDGE = "judge-shapes"
CLASSES = {
    VOXELS: HOUSEHOLD, FINE_VOXELS: FINE, POINTS: HOUSEHOLD, RAW_POINTS: HOUSEHOLD, AIRPLANE_POINTS: AIRPLANES, RAW_AIRPLANES: AIRPLANES,
}  # fmt: skip

# What the app offers. A model whose checkpoint is not there yet is left out of this line, and of nothing else: it can be trained all the
# same. The first one is what the tab begins with.
OFFERED = (VOXELS, FINE_VOXELS, POINTS, AIRPLANE_POINTS, RAW_POINTS, RAW_AIRPLANES)
MODELS = {
    VOXELS: "Voxels: household", FINE_VOXELS: "Fine voxels: airplanes, furniture", POINTS: "Points: household",
    AIRPLANE_POINTS: "Points: airplanes", RAW_POINTS: "r-GAN points: household", RAW_AIRPLANES: "r-GAN points: airplanes",
}  # fmt: skip
CODED = (POINTS, AIRPLANE_POINTS)  # models that have an autoencoder's codes between the latent and the points
TITLES = {kind: title for name in OFFERED for kind, title in CLASSES[name].items()}
DIRECTIONS = {"width": "Width", "height": "Height", "depth": "Depth", "legs": "Leg length"}
LOOKS = {"own": "As it is", "smooth": "Smooth surface", "blocks": "Blocks", "points": "Points"}
FORMATS = ("glb", "obj", "ply", "stl")
# Colours at the bottom and at the top of the cube that a shape lies in, 0 to 255.
COLOURS = {
    "Dusk": ((64, 96, 168), (250, 196, 122)), "Sea": ((22, 58, 110), (150, 228, 206)), "Moss": ((56, 74, 46), (226, 216, 146)),
    "Clay": ((198, 142, 112), (198, 142, 112)),
}  # fmt: skip


def with_article(kind: str) -> str:
    """A class in the middle of a sentence: "a chair", "an airplane"."""
    name = TITLES[kind].lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
