# gelu_tanh(add(mul(x0, x1), x1))
from __future__ import annotations
import numpy as np
from numba import njit, prange
import minitorch.formulas.activation
import minitorch.operators
from minitorch.kernels import fold_function, number_function
unsigned, int64, float32, float64, inf, BLOCKS = np.uint64, np.int64, np.float32, np.float64, np.inf, 64
mul = number_function(minitorch.operators.mul, 'float32')
add = number_function(minitorch.operators.add, 'float32')
gelu_tanh = number_function(minitorch.formulas.activation.gelu_tanh, 'float32')

@njit(parallel=True, error_model="numpy")
def kernel(y0, x0, x1, n0, n1, x0_i0, y0_i0):
    for i0 in prange(n0):
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        y0r = y0[i0 * y0_i0 : i0 * y0_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v3 = add(v2, v1)
            v4 = gelu_tanh(v3)
            y0r[i1] = v4
