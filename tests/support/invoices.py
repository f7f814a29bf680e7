"""Invoice files, and the multipart bodies they come in."""

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 9
PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(300)

BOUNDARY = "----smartcart7d9"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
END = f"\r\n--{BOUNDARY}--\r\n".encode()


def form(
    content: bytes,
    disposition: str = 'form-data; name="invoice_file"; filename="invoice"',
    content_type: str | None = "application/octet-stream",
) -> bytes:
    """A body with one part in it."""
    typed = f"\r\nContent-Type: {content_type}" if content_type else ""
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}{typed}\r\n\r\n"
    return head.encode() + content + END
