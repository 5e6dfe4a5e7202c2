"""Runs broker and gateway with the example, for ci/demo.

usage: demo.py                until Ctrl-C, on the ports of the example
       demo.py --walkthrough  the eight steps in a headless browser; exit code 0 or 1
       demo.py --walkthrough --activemq  the same in front of the broker of `ci/activemq run`
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import traceback

import processes

PICTURES = pathlib.Path(__file__).resolve().parent / 'artifacts/walkthrough'

LINES = """
Pumphouse is running.

  page             https://localhost:4443/         accept the development certificate
  gateway console  http://localhost:9000/          admin / membrane   (tab Stream Pumps)
  broker console   http://localhost:8161/admin/    admin / admin      (Queues, Send To foo)

Logs: {logs}
Ctrl-C ends it.
"""


def start_on_own_ports(folder):
    """On the ports that the example names, all on loopback."""
    broker = processes.Service('mockbroker', [], folder)
    try:
        config = processes.EXAMPLE / 'proxies.xml'
        return broker, processes.Service('gateway', ['-c', config, '--bind', '127.0.0.1'], folder)
    except BaseException:
        broker.stop()
        raise


def start_on_free_ports(folder):
    broker = processes.make_broker(folder)
    try:
        config = processes.EXAMPLE / 'proxies.xml'
        return broker, processes.make_gateway(folder, config, broker.port('ws'))
    except BaseException:
        broker.stop()
        raise


def start_in_front_of(ws):
    """The gateway alone; the broker with WebSocket port `ws` is somebody else's."""
    def start(folder):
        config = processes.EXAMPLE / 'proxies.xml'
        return (processes.make_gateway(folder, config, ws),)
    return start


@contextlib.contextmanager
def running(start, name):
    processes.complete_example(processes.EXAMPLE)
    folder = processes.ROOT / 'build' / name
    shutil.rmtree(folder, ignore_errors=True)
    services = start(folder)
    try:
        yield folder, services
    finally:
        for service in reversed(services):
            with contextlib.suppress(Exception):
                service.stop()


def follow():
    with running(start_on_own_ports, 'demo-logs') as (folder, (broker, gateway)):
        print(LINES.format(logs=folder), flush=True)
        # Blocked only now: the programs would inherit it, and never see their own signals.
        ends = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        alive = [service.process.poll() is None for service in (broker, gateway)]
        if not all(alive) or signal.sigwait(ends) == signal.SIGCHLD:
            for service in (gateway, broker):
                if service.process.poll() is not None:
                    print(f'{service.name} ended:\n{service.log()}', file=sys.stderr)
            return 1
    print('\nended.')
    return 0


def walk(ws=None, console=None):
    from browser import chromium
    from walkthrough import Walkthrough
    start = start_in_front_of(ws) if ws else start_on_free_ports
    with running(start, 'walkthrough-logs') as (folder, services), chromium() as browser:
        gateway = services[-1]
        broker = f'http://127.0.0.1:{console or services[0].port("console")}'
        steps = Walkthrough(browser, f'https://localhost:{gateway.port("0.0.0.0:4443")}',
                            f'http://localhost:{gateway.port("Console")}', broker, PICTURES,
                            exact=ws is None)
        done = 0
        try:
            for number, title, evidence in steps.run():
                print(f'PASS {number}. {title}: {evidence}', flush=True)
                done = number
        except Exception:
            title = steps.STEPS[done][0]
            print(f'FAIL {done + 1}. {title}; logs: {folder}', flush=True)
            traceback.print_exc()
            return 1
    print(f'Screenshots: {PICTURES}')
    return 0


def main(arguments):
    if arguments not in ([], ['--walkthrough'], ['--walkthrough', '--activemq']):
        print(__doc__, file=sys.stderr)
        return 2
    # A signal unwinds, so that both programs end with us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        if not arguments:
            return follow()
        if len(arguments) == 1:
            return walk()
        ready = json.loads(pathlib.Path(os.environ['AMQ_READY_FILE']).read_text())
        return walk(ready['ws'], ready['console'])
    except processes.WaitFailed as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
