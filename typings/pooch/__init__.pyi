"""What minitorch uses of pooch, which is not typed."""

class HTTPDownloader:
    def __init__(
        self,
        progressbar: bool = False,
        chunk_size: int = 1024,
        *,
        timeout: float = ...,
        headers: dict[str, str] = ...,
    ) -> None: ...
    def __call__(self, url: str, output_file: str, pooch: object) -> None: ...
