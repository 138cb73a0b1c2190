"""The part of safetensors that minitorch uses."""

__version__: str

class SafetensorError(Exception): ...
