"""nginx as the yardstick: one worker on the server's core, files in the page cache, no log."""

import subprocess
import tempfile
from pathlib import Path

from lab import SERVER, on

from harness import free_port, wait_until

BASE = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
worker_rlimit_nofile 20000;
"""
HTTP = """
events {{ worker_connections 16384; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  open_file_cache max=100;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp4 m4s; }}
  ssl_session_cache shared:tls:8m;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
  {more}
}}
"""
# Debian 12's nginx speaks TLS 1.2 unless told otherwise. Held to what ours agrees on with h2load, so that a record costs both the same.
SUITE = "TLS_AES_128_GCM_SHA256"
TLS = """
  server {{
    listen 127.0.0.1:{secure} ssl http2;
    root {folder}/files;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites """ + SUITE + """;
  }}
"""
RTMP = """
load_module {modules}/ngx_rtmp_module.so;
events {{ worker_connections 4096; }}
rtmp {{
  server {{
    listen 127.0.0.1:{port};
    ping 60m;
    application live {{ live on; hls on; hls_path {folder}/hls; hls_fragment 2s; hls_playlist_length 6s; }}
  }}
}}
"""


class Nginx:
    """As a context: the running worker; `pid` is the process that does the work. `certificates`: the folder of cert.pem and key.pem, for
    HTTP/2 over TLS on the port `secure`."""

    def __init__(self, config: str, certificates: Path = None):
        self.folder = tempfile.TemporaryDirectory(prefix="rostrum-nginx-")
        self.port, self.secure = free_port(), free_port()
        self.path = Path(self.folder.name)
        self.path.chmod(0o755)  # the worker is another user
        for name in ("files", "hls"):
            (self.path / name).mkdir()
            (self.path / name).chmod(0o777)
        fill = {"folder": self.folder.name, "port": self.port, "modules": "/usr/lib/nginx/modules", "more": ""}
        if certificates:
            fill["more"] = TLS.format(secure=self.secure, certificate=certificates / "cert.pem", key=certificates / "key.pem", **fill)
        (self.path / "nginx.conf").write_text((BASE + config).format(**fill))

    def __enter__(self):
        self.process = subprocess.Popen([*on(SERVER), "nginx", "-e", f"{self.folder.name}/error.log", "-p", self.folder.name, "-c", f"{self.folder.name}/nginx.conf"])
        workers = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            self.pid = int(wait_until(lambda: workers.exists() and workers.read_text().split(), 5, "nginx works")[0])
        except AssertionError:
            raise SystemExit((self.path / "error.log").read_text()) from None
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def put(self, name: str, content: bytes) -> None:
        file = self.path / "files" / name
        file.write_bytes(content)
        file.chmod(0o644)
