"""torchvision beside a torch that it was not built for.

open_clip, timm and transformers import torchvision. Its wheel for CUDA, the only one that some registries carry, cannot load its compiled
operators beside a CPU build of torch, and then `import torchvision` fails because two operators are unknown. Nothing of this project
calls them: declaring them is enough. A torchvision that works is left as it is.
"""

import importlib
import sys

import torch

OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

_library: torch.library.Library | None = None  # operators live as long as this object


def install() -> bool:
    """Import torchvision, declaring its missing operators if that is what it takes; returns whether they had to be declared.

    Call it before anything that imports torchvision. `ImportError` if there is no torchvision; another failure of it is raised as it is.
    """
    global _library
    try:
        importlib.import_module("torchvision")
        return _library is not None
    except RuntimeError as error:
        if "torchvision::" not in str(error) or _library is not None:
            raise
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]  # half imported
    _library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in OPERATORS:
        _library.define(operator + SIGNATURE)
    importlib.import_module("torchvision")
    return True
