"""How much memory the engine has held at most: of the GPU where it works there, else of the computer."""

import sys

import torch


def peak(device: torch.device) -> int:
    """Bytes since the process began; on Apple's GPU those of this moment."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    if sys.platform == "win32":
        return _peak_on_windows()
    if sys.platform == "linux":
        return _peak_on_linux()
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _peak_on_linux() -> int:
    """Not getrusage's figure, which begins with that of the process that started this one: with Blender's."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def _peak_on_windows() -> int:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS of the Windows API."""

        _fields_ = [("size", wintypes.DWORD), ("faults", wintypes.DWORD), ("peak", ctypes.c_size_t)]
        _fields_ += [(f"further_{number}", ctypes.c_size_t) for number in range(7)]

    counters = Counters(size=ctypes.sizeof(Counters))
    kernel = ctypes.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    kernel.K32GetProcessMemoryInfo(wintypes.HANDLE(kernel.GetCurrentProcess()), ctypes.byref(counters), counters.size)
    return counters.peak
