"""Time from start to the ready file, and memory at rest, of gateway and mockbroker.

usage: startup.py [RUNS]      median and largest of RUNS (20) starts
"""
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'e2e'))
import processes  # noqa: E402

import proc  # noqa: E402


def measure(start, runs):
    times, sizes = [], []
    for _ in range(runs):
        begin = time.monotonic()
        service = start()
        times.append((time.monotonic() - begin) * 1000)
        sizes.append(proc.pss_kib([service.process.pid]))
        service.stop()
    return times, sizes


def main(arguments):
    runs = int(arguments[0]) if arguments else 20
    with tempfile.TemporaryDirectory() as folder:
        config = processes.copy_example(pathlib.Path(folder) / 'example') / 'proxies.xml'
        cases = {
            'gateway': lambda: processes.make_gateway(folder, config, 9),
            'mockbroker': lambda: processes.make_broker(folder),
        }
        print('program     start to ready file          memory at rest (PSS)')
        for name, start in cases.items():
            times, sizes = measure(start, runs)
            print(f'{name:11} median {statistics.median(times):5.1f} ms, most {max(times):5.1f} ms'
                  f'  median {statistics.median(sizes) / 1024:.1f} MiB')
    print(f'{runs} runs; the wait looks every 2 ms')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
