# t0 = mul(x0, x1); t1 = add(x2, neg(mul(fold(add, x2, dims=[1]), number))); t2 = inv(sqrt(add(mul(fold(add, mul(t1, t1), dims=[1]), number), number))); t3 = mul(t1, t2); mul(add(add(t0, neg(mul(fold(add, t0, dims=[1]), number))), neg(mul(t3, mul(fold(add, mul(t0, t3), dims=[1]), number)))), t2)
from __future__ import annotations
import numpy as np
from numba import njit, prange
import minitorch.operators
from minitorch.kernels import fold_function, number_function
unsigned, int64, float32, float64, inf, BLOCKS = np.uint64, np.int64, np.float32, np.float64, np.inf, 64
mul = number_function(minitorch.operators.mul, 'float32')
add_up = fold_function(minitorch.operators.add, 'float32')
neg = number_function(minitorch.operators.neg, 'float32')
add = number_function(minitorch.operators.add, 'float32')
sqrt = number_function(minitorch.operators.sqrt, 'float32')
inv = number_function(minitorch.operators.inv, 'float32')

@njit(parallel=False, error_model="numpy")
def kernel(x0, x1, x2, n0, n1, x0_i0, x2_i0, p0, p1, p2, p3, p4):
    v4 = float32(p0)
    v10 = float32(p1)
    v16 = float32(p2)
    v18 = float32(p3)
    v25 = float32(p4)
    for i0 in range(n0):
        fold3 = float32(0.0)
        fold9 = float32(0.0)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v8 = x2r[i1]
            fold3 = add_up(fold3, v2)
            fold9 = add_up(fold9, v8)
        v3 = float32(fold3)
        v9 = float32(fold9)
        v5 = mul(v3, v4)
        v6 = neg(v5)
        v11 = mul(v9, v10)
        v12 = neg(v11)
        fold15 = float32(0.0)
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v8 = x2r[i1]
            v13 = add(v8, v12)
            v14 = mul(v13, v13)
            fold15 = add_up(fold15, v14)
        v15 = float32(fold15)
        v17 = mul(v15, v16)
        v19 = add(v17, v18)
        v20 = sqrt(v19)
        v21 = inv(v20)
        fold24 = float32(0.0)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v8 = x2r[i1]
            v13 = add(v8, v12)
            v22 = mul(v13, v21)
            v23 = mul(v2, v22)
            fold24 = add_up(fold24, v23)
        v24 = float32(fold24)
        v26 = mul(v24, v25)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v7 = add(v2, v6)
            v8 = x2r[i1]
            v13 = add(v8, v12)
            v22 = mul(v13, v21)
            v27 = mul(v22, v26)
            v28 = neg(v27)
            v29 = add(v7, v28)
            v30 = mul(v29, v21)
            x0r[i1] = v30
