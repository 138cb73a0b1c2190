# t0 = add(mul(x0, x1), x1); mul(mul(t0, number), add(tanh(mul(t0, add(mul(mul(t0, t0), number), number))), number))
from __future__ import annotations
import numpy as np
from numba import njit, prange
import minitorch.operators
from minitorch.kernels import fold_function, number_function
unsigned, int64, float32, float64, inf, BLOCKS = np.uint64, np.int64, np.float32, np.float64, np.inf, 64
mul = number_function(minitorch.operators.mul, 'float32')
add = number_function(minitorch.operators.add, 'float32')
tanh = number_function(minitorch.operators.tanh, 'float32')

@njit(parallel=False, error_model="numpy")
def kernel(y0, x0, x1, n0, n1, x0_i0, y0_i0, p0, p1, p2, p3):
    v4 = float32(p0)
    v7 = float32(p1)
    v9 = float32(p2)
    v13 = float32(p3)
    for i0 in range(n0):
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        y0r = y0[i0 * y0_i0 : i0 * y0_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v3 = add(v2, v1)
            v5 = mul(v3, v4)
            v6 = mul(v3, v3)
            v8 = mul(v6, v7)
            v10 = add(v8, v9)
            v11 = mul(v3, v10)
            v12 = tanh(v11)
            v14 = add(v12, v13)
            v15 = mul(v5, v14)
            y0r[i1] = v15
