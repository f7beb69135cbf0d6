"""Memory that is free goes back to the kernel: what sealing took for a moment does not stay with the process."""

from __future__ import annotations

import asyncio
import ctypes

# Whoever starts a process sets them for it; they are read before its first line.
LEAN = {
    "MALLOC_ARENA_MAX": "2",  # glibc keeps one for every thread else: a third more memory, and no quicker
    "MALLOC_MMAP_THRESHOLD_": "131072",  # bytes; left alone, it rises to 32 MB, and large columns leave holes
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own allocator keeps 65 MB, with nothing in use
}


async def give_back(every: float = 30.0) -> None:
    """Have glibc give back the pages that it holds free, every so many seconds, until cancelled.

    By itself it gives back the end of each arena: what lives on behind a gap of 100 MB keeps all of it resident. Takes some
    milliseconds (malloc_trim(3)); a C library that has no such call is left alone.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(every)
        await asyncio.to_thread(trim, 0)
