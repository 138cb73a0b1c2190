"""What compiling a function gives."""

from typing import Any, Self

class CompileResult:
    @classmethod
    def _rebuild(cls, target_context: Any, *payload: Any) -> Self: ...
    def _reduce(self) -> tuple[Any, ...]: ...
