"""Bounds that a process sets itself before it opens a file of a stranger. Used by the child processes of geo."""


def limit(memory: int, cpu_seconds: int) -> None:
    """Bound memory (bytes), processor time and the size of files written, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
