"""A portal behind TLS on 127.0.0.1, with a certificate of an authority that nobody knows."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of this test")])


class _Portal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"members": [], "next_cursor": None}).encode()
        self.send_response(200)
        for name, value in {"x-amzn-RequestId": "r", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@dataclass(frozen=True, slots=True)
class TLSPortal:
    """``authority`` is the file with the certificate that a client has to trust."""

    url: str
    authority: Path


@contextmanager
def serving(folder: Path, *, starts_in: timedelta = timedelta(hours=-1)) -> Iterator[TLSPortal]:
    """Serve it as long as the block lasts; its files are in ``folder``. Its certificate is valid for two hours."""
    authority, chain = folder / "authority.pem", folder / "server.pem"
    write_certificates(authority, chain, starts_in)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with HTTPServer(("127.0.0.1", 0), _Portal) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield TLSPortal(f"https://127.0.0.1:{server.server_port}", authority)
        server.shutdown()
        thread.join()


def write_certificates(authority: Path, chain: Path, starts_in: timedelta = timedelta(hours=-1)) -> None:
    """The authority's certificate, and key and certificate of a server at 127.0.0.1, valid for two hours."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _certificate(NAME, ca_key.public_key(), x509.BasicConstraints(ca=True, path_length=0), ca_key, starts_in)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    own = _certificate(x509.Name([]), key.public_key(), address, ca_key, starts_in)
    encoding = serialization.Encoding.PEM
    authority.write_bytes(ca.public_bytes(encoding))
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + own.public_bytes(encoding))


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    extension: x509.ExtensionType,
    ca_key: ec.EllipticCurvePrivateKey,
    starts_in: timedelta,
) -> x509.Certificate:
    starts_at = datetime.now(UTC) + starts_in
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=NAME, public_key=key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(starts_at).not_valid_after(starts_at + timedelta(hours=2))
    return builder.add_extension(extension, critical=True).sign(ca_key, hashes.SHA256())
