"""The 8x8 digits that ship inside scikit-learn."""

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

class Bunch:
    data: NDArray[np.float64]  # (1797, 64)
    images: NDArray[np.float64]  # (1797, 8, 8)
    target: NDArray[np.int64]  # (1797,)
    target_names: NDArray[np.int64]  # (10,)
    DESCR: str

@overload
def load_digits(*, n_class: int = ..., return_X_y: Literal[False] = ...) -> Bunch: ...
@overload
def load_digits(
    *, n_class: int = ..., return_X_y: Literal[True]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
