# t0 = add(x0, neg(fold(max, x0, dims=[1]))); mul(fold(add, pick(add(t0, neg(ln(fold(add, exp(t0), dims=[1])))), x1, dim=1), dims=[0]), number)
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
ln = number_function(minitorch.operators.ln, 'float32')
add_float64 = number_function(minitorch.operators.add, 'float64')
mul = number_function(minitorch.operators.mul, 'float32')

@njit(parallel=False, error_model="numpy")
def kernel(y0, x0, x1, x2, n0, n1, x1_i0, x2_i0, p0):
    v14 = float32(p0)
    fold13 = float64(0.0)
    for i0 in range(n0):
        v0 = x0[i0]
        v1 = x1[i0 * x1_i0 + v0]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        v3 = max_over(x2r, float32(-inf))
        v4 = neg(v3)
        v5 = add(v1, v4)
        fold8 = float32(0.0)
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v2 = x2r[i1]
            v6 = add(v2, v4)
            v7 = exp(v6)
            fold8 = add_up(fold8, v7)
        v8 = float32(fold8)
        v9 = ln(v8)
        v10 = neg(v9)
        v11 = add(v5, v10)
        fold13 = add_float64(fold13, float64(v11))
    v13 = float32(fold13)
    v15 = mul(v13, v14)
    y0[0] = v15
