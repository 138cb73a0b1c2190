"""The lock under which Numba compiles."""

class _CompilerLock:
    def acquire(self) -> None: ...
    def release(self) -> None: ...

global_compiler_lock: _CompilerLock
