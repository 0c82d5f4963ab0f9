"""A network between two ends: what is sent arrives later."""

import asyncio
from collections.abc import Callable

SOME = 65_536


async def delaying(port: int, round_trip: float) -> int:
    """The port from which everything reaches ``port`` and comes back within ``round_trip`` seconds more.

    The kernel accepts a connection at once. TCP's own handshake would take a round trip before the first byte.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        handshake_ends = loop.time() + round_trip
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            _pass_on(reader, far_writer, lambda: max(loop.time(), handshake_ends) + round_trip / 2),
            _pass_on(far_reader, writer, lambda: loop.time() + round_trip / 2),
        )

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    found: int = server.sockets[0].getsockname()[1]
    return found


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, arrives_at: Callable[[], float]
) -> None:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            at, data = await queue.get()
            await asyncio.sleep(at - loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)

    delivering = asyncio.ensure_future(deliver())
    try:
        while data := await reader.read(SOME):
            queue.put_nowait((arrives_at(), data))
    except ConnectionError:
        pass
    queue.put_nowait((arrives_at(), b""))
    await delivering
