"""The loops that order a row: the largest k, the number of a rank, the most frequent one.

Idea: a row is its numbers and their places, swapped together. Which of equal numbers is found
    first is up to the algorithm; these are those of the C++ library that PyTorch uses
    (introselect, introsort, heap select: Musser 1997; quickselect: Hoare 1961), so that it is
    the same one.
Not here: sorting all of a row (ordering.py), the compiled form (fast_index.py).
Read next: ordering.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["row_modes", "row_ranks", "row_selections", "row_tops"]

Array = npt.NDArray[Any]
SMALL = 16  # a run this short is sorted by insertion


def goes_before(x: float, y: float, largest: bool) -> bool:
    """Whether x stands before y: the larger, or the smaller; NaN is larger than any number."""
    if largest:
        return (x != x and y == y) or x > y
    return (y != y and x == x) or x < y


def swap(keys: Array, places: Array, i: int, j: int) -> None:
    """Exchange two entries."""
    key, place = keys[i], places[i]
    keys[i], places[i] = keys[j], places[j]
    keys[j], places[j] = key, place


def insertion_sort(keys: Array, places: Array, first: int, last: int, largest: bool) -> None:
    """Sort the entries from first to last - 1; equal ones keep their order."""
    for i in range(first + 1, last):
        key, place = keys[i], places[i]
        j = i
        while j > first and goes_before(key, keys[j - 1], largest):
            keys[j], places[j] = keys[j - 1], places[j - 1]
            j -= 1
        keys[j], places[j] = key, place


def partition(keys: Array, places: Array, first: int, last: int, largest: bool) -> int:
    """Bring what goes before the median of three entries to the left; returns where that ends."""
    a, b, c = first + 1, first + (last - first) // 2, last - 1
    if goes_before(keys[a], keys[b], largest):
        middle = a
        if goes_before(keys[b], keys[c], largest):
            middle = b
        elif goes_before(keys[a], keys[c], largest):
            middle = c
    else:
        middle = b
        if goes_before(keys[a], keys[c], largest):
            middle = a
        elif goes_before(keys[b], keys[c], largest):
            middle = c
    swap(keys, places, first, middle)
    pivot = keys[first]
    left, right = first + 1, last
    while True:
        while goes_before(keys[left], pivot, largest):
            left += 1
        right -= 1
        while goes_before(pivot, keys[right], largest):
            right -= 1
        if left >= right:
            return left
        swap(keys, places, left, right)
        left += 1


def select_nth(keys: Array, places: Array, nth: int, size: int, largest: bool) -> None:
    """Bring the entry of this rank to its place, those before it to the left."""
    first, last = 0, size
    while last - first > 3:
        cut = partition(keys, places, first, last, largest)
        if cut <= nth:
            first = cut
        else:
            last = cut
    insertion_sort(keys, places, first, last, largest)


def sort_entries(keys: Array, places: Array, size: int, largest: bool) -> None:
    """Sort the first `size` entries."""
    pending = np.zeros((64, 2), np.int64)
    pending[0, 1] = size
    count = 1
    while count > 0:
        count -= 1
        first, last = pending[count, 0], pending[count, 1]
        while last - first > SMALL:
            cut = partition(keys, places, first, last, largest)
            if count < 64:
                pending[count, 0], pending[count, 1] = cut, last
                count += 1
            last = cut
    insertion_sort(keys, places, 0, size, largest)


def sift(
    keys: Array, places: Array, hole: int, size: int, key: float, place: int, largest: bool
) -> None:
    """Put an entry into a heap whose last entry to come out is on top, from a hole downwards."""
    top = hole
    child = hole
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if goes_before(keys[child], keys[child - 1], largest):
            child -= 1
        keys[hole], places[hole] = keys[child], places[child]
        hole = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        keys[hole], places[hole] = keys[child], places[child]
        hole = child
    parent = (hole - 1) // 2
    while hole > top and goes_before(keys[parent], key, largest):
        keys[hole], places[hole] = keys[parent], places[parent]
        hole = parent
        parent = (hole - 1) // 2
    keys[hole], places[hole] = key, place


def heap_select(keys: Array, places: Array, count: int, size: int, largest: bool) -> None:
    """Bring the first `count` entries in order to the front, by a heap of so many."""
    for k in range((count - 2) // 2, -1, -1):
        sift(keys, places, k, count, keys[k], places[k], largest)
    for i in range(count, size):
        if goes_before(keys[i], keys[0], largest):
            key, place = keys[i], places[i]
            keys[i], places[i] = keys[0], places[0]
            sift(keys, places, 0, count, key, place, largest)
    for last in range(count - 1, 0, -1):
        key, place = keys[last], places[last]
        keys[last], places[last] = keys[0], places[0]
        sift(keys, places, 0, last, key, place, largest)


# Over the rows of a matrix.


def row_tops(out: Array, a: Array, largest: bool, in_order: bool) -> None:
    """Write into each row of `out` the places of the first numbers of that row of `a`."""
    rows, size = a.shape
    count = out.shape[1]
    for r in range(rows if count > 0 else 0):
        keys = a[r].copy()
        places: Array = np.arange(size, dtype=np.int64)
        if count * 64 <= size:
            heap_select(keys, places, count, size, largest)
        else:
            select_nth(keys, places, count - 1, size, largest)
            if in_order:
                sort_entries(keys, places, count - 1, largest)
        for k in range(count):
            out[r, k] = places[k]


def row_ranks(out: Array, a: Array, rank: int) -> None:
    """Write into each row of `out` the place of the number of this rank, counted from 0."""
    rows, size = a.shape
    for r in range(rows):
        keys = a[r].copy()
        places: Array = np.arange(size, dtype=np.int64)
        select_nth(keys, places, rank, size, False)
        out[r, 0] = places[rank]


def row_selections(out: Array, a: Array, rank: int) -> None:
    """`row_ranks` by Hoare's selection, which finds another one of equal numbers."""
    rows, size = a.shape
    for r in range(rows):
        keys = a[r].copy()
        places: Array = np.arange(size, dtype=np.int64)
        left, right = 0, size - 1
        while right > left + 1:
            swap(keys, places, (left + right) // 2, left + 1)
            if goes_before(keys[right], keys[left + 1], False):
                swap(keys, places, left + 1, right)
            if goes_before(keys[right], keys[left], False):
                swap(keys, places, left, right)
            if goes_before(keys[left], keys[left + 1], False):
                swap(keys, places, left + 1, left)
            i, j, pivot = left + 1, right, keys[left]
            while True:
                i += 1
                while goes_before(keys[i], pivot, False):
                    i += 1
                j -= 1
                while goes_before(pivot, keys[j], False):
                    j -= 1
                if j < i:
                    break
                swap(keys, places, i, j)
            swap(keys, places, left, j)
            if j <= rank:
                left = i
            if j >= rank:
                right = j - 1
        if right == left + 1 and goes_before(keys[right], keys[left], False):
            swap(keys, places, left, right)
        out[r, 0] = places[rank]


def row_modes(out: Array, a: Array) -> None:
    """Write into each row of `out` the place of its most frequent number, the smallest of them."""
    rows, size = a.shape
    for r in range(rows):
        keys = a[r].copy()
        places: Array = np.arange(size, dtype=np.int64)
        sort_entries(keys, places, size, False)
        most, run = 0, 0
        for k in range(size):
            run += 1
            if k == size - 1 or keys[k + 1] != keys[k]:
                if run > most:
                    most = run
                    out[r, 0] = places[k]
                run = 0
