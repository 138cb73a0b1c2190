# t0 = exp(add(x0, neg(fold(max, x0, dims=[0])))); mul(t0, inv(fold(add, t0, dims=[0])))
from __future__ import annotations
import numpy as np
from numba import njit, prange
import minitorch.operators
from minitorch.kernels import fold_function, number_function
unsigned, int64, float32, float64, inf, BLOCKS = np.uint64, np.int64, np.float32, np.float64, np.inf, 64
max_float32 = number_function(minitorch.operators.max, 'float32')
neg = number_function(minitorch.operators.neg, 'float32')
add = number_function(minitorch.operators.add, 'float32')
exp = number_function(minitorch.operators.exp, 'float32')
inv = number_function(minitorch.operators.inv, 'float32')
mul = number_function(minitorch.operators.mul, 'float32')

@njit(parallel=False, error_model="numpy")
def kernel(y0, x0, n0, n1, x0_i1, y0_i1):
    column6 = np.empty(n0, float32)
    fold5 = np.empty(n0, float32)
    column2 = np.empty(n0, float32)
    fold1 = np.empty(n0, float32)
    fold1[:] = float32(-inf)
    for i1 in range(n1):
        x0r = x0[i1 * x0_i1 : i1 * x0_i1 + n0]
        for i0 in range(n0):
            v0 = x0r[i0]
            fold1[i0] = max_float32(fold1[i0], v0)
    for i0 in range(n0):
        v1 = float32(fold1[i0])
        v2 = neg(v1)
        column2[i0] = v2
    fold5[:] = float32(0.0)
    for i1 in range(n1):
        x0r = x0[i1 * x0_i1 : i1 * x0_i1 + n0]
        for i0 in range(n0):
            v2 = column2[i0]
            v0 = x0r[i0]
            v3 = add(v0, v2)
            v4 = exp(v3)
            fold5[i0] = add(fold5[i0], v4)
    for i0 in range(n0):
        v5 = float32(fold5[i0])
        v6 = inv(v5)
        column6[i0] = v6
    for i1 in range(n1):
        x0r = x0[i1 * x0_i1 : i1 * x0_i1 + n0]
        y0r = y0[i1 * y0_i1 : i1 * y0_i1 + n0]
        for i0 in range(n0):
            v2 = column2[i0]
            v6 = column6[i0]
            v0 = x0r[i0]
            v3 = add(v0, v2)
            v4 = exp(v3)
            v7 = mul(v4, v6)
            y0r[i0] = v7
