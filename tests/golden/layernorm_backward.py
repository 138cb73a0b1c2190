# t0 = mul(x0, x1); t1 = add(x2, neg(mul(fold(add, x2, dims=[1]), inv(number)))); t2 = inv(sqrt(add(mul(fold(add, mul(t1, t1), dims=[1]), inv(number)), number))); t3 = mul(t1, t2); mul(add(add(t0, neg(mul(fold(add, t0, dims=[1]), inv(number)))), neg(mul(t3, mul(fold(add, mul(t0, t3), dims=[1]), inv(number))))), t2)
from __future__ import annotations
import numpy as np
from numba import njit, prange
import minitorch.operators
from minitorch.kernels import fold_function, number_function
unsigned, int64, float32, float64, inf, BLOCKS = np.uint64, np.int64, np.float32, np.float64, np.inf, 64
inv = number_function(minitorch.operators.inv, 'float32')
mul = number_function(minitorch.operators.mul, 'float32')
add_up = fold_function(minitorch.operators.add, 'float32')
neg = number_function(minitorch.operators.neg, 'float32')
add = number_function(minitorch.operators.add, 'float32')
sqrt = number_function(minitorch.operators.sqrt, 'float32')

@njit(parallel=False, error_model="numpy")
def kernel(x0, x1, x2, n0, n1, x0_i0, x2_i0, p0, p1, p2, p3, p4):
    v4 = float32(p0)
    v5 = inv(v4)
    v11 = float32(p1)
    v12 = inv(v11)
    v18 = float32(p2)
    v19 = inv(v18)
    v21 = float32(p3)
    v28 = float32(p4)
    v29 = inv(v28)
    for i0 in range(n0):
        fold3 = float32(0.0)
        fold10 = float32(0.0)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v9 = x2r[i1]
            fold3 = add_up(fold3, v2)
            fold10 = add_up(fold10, v9)
        v3 = float32(fold3)
        v10 = float32(fold10)
        v6 = mul(v3, v5)
        v7 = neg(v6)
        v13 = mul(v10, v12)
        v14 = neg(v13)
        fold17 = float32(0.0)
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v9 = x2r[i1]
            v15 = add(v9, v14)
            v16 = mul(v15, v15)
            fold17 = add_up(fold17, v16)
        v17 = float32(fold17)
        v20 = mul(v17, v19)
        v22 = add(v20, v21)
        v23 = sqrt(v22)
        v24 = inv(v23)
        fold27 = float32(0.0)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v9 = x2r[i1]
            v15 = add(v9, v14)
            v25 = mul(v15, v24)
            v26 = mul(v2, v25)
            fold27 = add_up(fold27, v26)
        v27 = float32(fold27)
        v30 = mul(v27, v29)
        x0r = x0[i0 * x0_i0 : i0 * x0_i0 + n1]
        x1r = x1[:n1]
        x2r = x2[i0 * x2_i0 : i0 * x2_i0 + n1]
        for i1 in range(n1):
            v0 = x0r[i1]
            v1 = x1r[i1]
            v2 = mul(v0, v1)
            v8 = add(v2, v7)
            v9 = x2r[i1]
            v15 = add(v9, v14)
            v25 = mul(v15, v24)
            v31 = mul(v25, v30)
            v32 = neg(v31)
            v33 = add(v8, v32)
            v34 = mul(v33, v24)
            x0r[i1] = v34
