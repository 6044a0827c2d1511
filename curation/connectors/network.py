"""Which addresses may be reached: no server's word leads us into a private network or to this machine.

A name is looked up once and that very address is connected to, so that a second look-up cannot answer otherwise
(DNS rebinding). The certificate is still checked against the name.
"""

import ipaddress
import socket

import httpx

from curation.errors import Refused


class Addresses(httpx.BaseTransport):
    """Let requests through to public addresses; with `private`, to any."""

    def __init__(self, private: bool, inner: httpx.BaseTransport) -> None:
        self._private, self._inner = private, inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises Refused for an address that is not public, httpx.ConnectError for an unknown name."""
        if not self._private:
            # As it is looked up and as certificates name it: `host` would be "münchen.example".
            host = request.url.raw_host.decode("ascii")
            request.extensions = {**request.extensions, "sni_hostname": host}
            request.url = request.url.copy_with(host=public(host))
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()


def public(host: str) -> str:
    """Return a public address of `host`. Raises Refused where it has none, httpx.ConnectError where it has no address."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"its name is not known ({error}). Is the address right?") from error
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if _is_public(ipaddress.ip_address(address.partition("%")[0])):
            return address
    raise Refused(
        f"{host} is an address of a private network or of this machine ({addresses[0]}). If it is a server of your own,"
        " set private = true for this source."
    )


_CARRIES = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""IPv6 addresses that end in an IPv4 one, as 6to4's do in their middle: a gateway leads there (RFC 6052, 4291)."""


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.sixtofour
        if any(address in network for network in _CARRIES):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if address.is_site_local or (inner and not _is_public(inner)):
            return False
    return address.is_global and not address.is_multicast
