"""Finds the server's address where the system's resolver does not know its name, as on some networks of Macs."""

import asyncio
import socket

import dns.asyncresolver
import dns.exception
import dns.nameserver

PUBLIC_SERVERS = ("1.1.1.1", "8.8.8.8")


async def find_address(host: str, servers: tuple[str, ...] = ()) -> str | None:
    """None when the system resolves the name; otherwise what a DNS server says (psycopg's hostaddr)."""
    try:
        await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return None
    except socket.gaierror as unknown:
        for server in servers or PUBLIC_SERVERS:
            resolver = dns.asyncresolver.Resolver(configure=False)
            resolver.nameservers = [_name_server(server)]
            resolver.lifetime = 3
            try:
                return (await resolver.resolve(host, "A", search=False))[0].address
            except dns.exception.DNSException:
                continue
        raise OSError(f"no DNS server knows {host}; set PGHOSTADDR to its address") from unknown


def _name_server(server: str) -> dns.nameserver.Nameserver:
    address, _, port = server.partition(":")
    return dns.nameserver.Do53Nameserver(address, int(port or 53))
