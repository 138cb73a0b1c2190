"""torch.linalg: norms, factorisations, systems and products of matrices.

Idea: the names of PyTorch's torch.linalg, each from the file of its kind; to import this is also to
    give `torch` and Tensor their names.
Not here: the algorithms (../../factor_loops.py), gradients (../../factorisations.py).
Read next: products.py
"""

from __future__ import annotations

from minitorch.errors import LinAlgError
from minitorch.torch.linalg import contraction
from minitorch.torch.linalg.elimination import (
    ldl_factor,
    ldl_factor_ex,
    ldl_solve,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
)
from minitorch.torch.linalg.factors import (
    cholesky,
    cholesky_ex,
    eigh,
    eigvalsh,
    householder_product,
    qr,
    svd,
    svdvals,
)
from minitorch.torch.linalg.measures import (
    cond,
    cross,
    diagonal,
    matrix_norm,
    matrix_rank,
    norm,
    vander,
    vector_norm,
)
from minitorch.torch.linalg.products import (
    matmul,
    multi_dot,
    vecdot,
)
from minitorch.torch.linalg.solving import (
    det,
    inv,
    inv_ex,
    lstsq,
    matrix_exp,
    matrix_power,
    pinv,
    slogdet,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from minitorch.torch.missing import getattr_of

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "contraction",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

__getattr__ = getattr_of(__name__)
