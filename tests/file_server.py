"""A web server on this machine that serves a folder, can go on in the middle of a file, and breaks off when told to."""

import http.server
import re
import threading
from pathlib import Path


class FileServer(http.server.ThreadingHTTPServer):
    """As a context manager it serves `folder` at `url`. cut: after so many bytes of a file each connection breaks."""

    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.cut, self.knows_ranges = folder, None, True
        self.starts: list[int] = []  # from which byte on files were asked for
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "FileServer":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return super().__enter__()

    def __exit__(self, *exception) -> None:
        self.shutdown()
        super().__exit__(*exception)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        file = self.server.folder / self.path.lstrip("/")
        if not file.is_file():
            return self.send_error(404)
        asked = re.match(r"bytes=(\d+)-", self.headers["Range"] or "")
        start = int(asked[1]) if asked and self.server.knows_ranges else 0
        self.server.starts.append(start)
        rest = file.stat().st_size - start
        self.send_response(206 if asked and self.server.knows_ranges else 200)
        self.send_header("Content-Length", str(rest))
        self.end_headers()
        with open(file, "rb") as content:
            content.seek(start)
            left = rest if self.server.cut is None else min(rest, self.server.cut)
            while left:
                left -= self.wfile.write(content.read(min(left, 1 << 20)))

    def log_message(self, *_):
        pass
