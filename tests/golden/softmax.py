# t0 = exp(add(x0, neg(fold(max, x0, dims=[1])))); mul(t0, inv(fold(add, t0, dims=[1])))
from __future__ import annotations
import numpy as np
from numba import njit, prange
import minitorch.fast_math
import minitorch.operators
from minitorch.kernels import fold_function, number_function
unsigned, int64, float32, float64, inf, BLOCKS = np.uint64, np.int64, np.float32, np.float64, np.inf, 64
max_over = number_function(minitorch.fast_math.max_over, 'float32')
neg = number_function(minitorch.operators.neg, 'float32')
add = number_function(minitorch.operators.add, 'float32')
exp = number_function(minitorch.operators.exp, 'float32')
add_up = fold_function(minitorch.operators.add, 'float32')
inv = number_function(minitorch.operators.inv, 'float32')
mul = number_function(minitorch.operators.mul, 'float32')

@njit(parallel=False, error_model="numpy")
def kernel(y0, x0, n0, n1, x0_i0, y0_i0):
    row4 = np.empty(n1, float32)
    for i0 in range(n0):
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        v1 = max_over(x0r, float32(-inf))
        v2 = neg(v1)
        fold5 = float32(0.0)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v3 = add(v0, v2)
            v4 = exp(v3)
            row4[i1] = v4
            fold5 = add_up(fold5, v4)
        v5 = float32(fold5)
        v6 = inv(v5)
        y0r = y0[i0 * y0_i0 : i0 * y0_i0 + n1]
        for i1 in range(n1):
            v4 = row4[i1]
            v7 = mul(v4, v6)
            y0r[i1] = v7
