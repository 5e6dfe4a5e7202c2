"""What the kernel says of a process: CPU time and memory."""
import pathlib

SESSION = 3  # of the fields of /proc/PID/stat behind the name, which may hold spaces itself


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
    """CPU time of all their threads; to the nanosecond, where /proc/PID/stat counts in 10 ms."""
    return sum(int(file.read_text().split()[0])
               for pid in pids for file in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat')) / 1e9


def pss_kib(pids):
    """Proportional set size: their share of what is in memory."""
    total = 0
    for pid in pids:
        lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith('Pss:'))
    return total
