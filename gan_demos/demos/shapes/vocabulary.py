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
