"""What the kernel says of a process: CPU time and memory."""
import os
import pathlib

TICK = os.sysconf('SC_CLK_TCK')
# Fields of /proc/PID/stat behind the name, which may hold spaces itself.
SESSION, USER_TIME, SYSTEM_TIME = 3, 11, 12


def _stat(pid):
    return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()


def in_session(session):
    """The processes of a session."""
    found = []
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            if int(_stat(folder.name)[SESSION]) == session:
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has just ended
    return found


def cpu_seconds(pids):
    """User and system time of all their threads, in steps of a tick (10 ms)."""
    stats = [_stat(pid) for pid in pids]
    return sum(int(s[USER_TIME]) + int(s[SYSTEM_TIME]) for s in stats) / TICK


def pss_kib(pids):
    """Proportional set size: their share of what is in memory."""
    total = 0
    for pid in pids:
        lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith('Pss:'))
    return total
