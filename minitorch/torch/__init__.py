"""The torch face: PyTorch's names on the course's engine.

Idea: `import minitorch.torch as torch`, or `minitorch run program.py`. Each op stands in the file
    of its kind, and `face.op` puts it here and on Tensor.
Not here: arithmetic; this face has manners only.
Read next: tensor.py
"""

from __future__ import annotations

from minitorch.autodiff import is_grad_enabled
from minitorch.torch import (
    arranging,
    autograd,
    bitwise,
    bounds,
    broadcasting,
    casting,
    comparison,
    creation,
    drawing,
    elementary,
    extremes,
    grids,
    indexing,
    interop,
    joining,
    legacy,
    likes,
    linalg,
    masking,
    nn,
    norms,
    pointwise,
    printing,
    random,
    ranges,
    realness,
    reductions,
    sampling,
    scans,
    scattering,
    selecting,
    shaping,
    signs,
    sizes,
    special,
    windows,
)
from minitorch.torch.autograd.modes import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
)
from minitorch.torch.dtypes import (
    DTYPE_NAMES,
    FORMAT_NAMES,
    Size,
    can_cast,
    device,
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    layout,
    memory_format,
    promote_types,
    set_default_dtype,
)
from minitorch.torch.face import FUNCTIONS
from minitorch.torch.missing import getattr_of
from minitorch.torch.printing import set_printoptions
from minitorch.torch.random import Generator, default_generator
from minitorch.torch.tensor import Tensor

__all__ = [
    "Generator",
    "Size",
    "Tensor",
    "arranging",
    "autograd",
    "bitwise",
    "bounds",
    "broadcasting",
    "can_cast",
    "casting",
    "comparison",
    "creation",
    "default_generator",
    "device",
    "drawing",
    "dtype",
    "elementary",
    "enable_grad",
    "extremes",
    "finfo",
    "get_default_dtype",
    "grids",
    "iinfo",
    "indexing",
    "inference_mode",
    "interop",
    "is_grad_enabled",
    "joining",
    "layout",
    "legacy",
    "likes",
    "linalg",
    "masking",
    "memory_format",
    "nn",
    "no_grad",
    "norms",
    "pointwise",
    "printing",
    "promote_types",
    "random",
    "ranges",
    "realness",
    "reductions",
    "sampling",
    "scans",
    "scattering",
    "selecting",
    "set_default_dtype",
    "set_grad_enabled",
    "set_printoptions",
    "shaping",
    "signs",
    "sizes",
    "special",
    "windows",
]

globals().update(DTYPE_NAMES)
globals().update(FORMAT_NAMES)
globals().update(FUNCTIONS)
__getattr__ = getattr_of(__name__)
