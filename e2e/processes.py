"""Starts and ends the programs under test. Standard library only: ci/demo uses it as well."""
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = pathlib.Path(os.environ.get('PUMPHOUSE_BIN', ROOT / 'build/release/bin'))
EXAMPLE = ROOT / 'examples/websocket-stomp'
START_LIMIT = 20  # seconds; a start takes milliseconds, a busy sanitizer build a second
STOP_LIMIT = 15


class WaitFailed(Exception):
    """The program ended, or did not do in time what was waited for."""


class Service:
    """One running program that announces its ports in a ready file."""

    def __init__(self, name, arguments, folder, program=None):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ready_file = self.folder / f'{name}.ready.json'
        self.log_file = self.folder / f'{name}.log'
        self.ready_file.unlink(missing_ok=True)
        command = [str(program or BINARIES / name), *map(str, arguments), '--ready-file', str(self.ready_file)]
        with self.log_file.open('ab') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        try:
            self.listeners = self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def _until(self, done, what):
        """Waits for `done()`; an early end of the program ends the wait as well."""
        end = time.monotonic() + START_LIMIT
        while not done():
            try:
                code = self.process.wait(timeout=0.002)
                raise WaitFailed(f'{self.name} exited with {code}:\n{self.log()}')
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() > end:
                raise WaitFailed(f'{self.name}: no {what} after {START_LIMIT} s:\n{self.log()}')

    def _wait_until_ready(self):
        self._until(self.ready_file.exists, 'ready file')
        return json.loads(self.ready_file.read_text())['listeners']

    def log(self):
        return self.log_file.read_text(errors='replace')

    def wait_for_log(self, text, times=1):
        """Returns the log once it has `text` that often."""
        self._until(lambda: self.log().count(text) >= times, f'{times} times {text!r}')
        return self.log()

    def port(self, name):
        """The port of a listener ('ws'), or of a proxy ('0.0.0.0:4443', 'Console')."""
        for listener in self.listeners:
            if name == listener['name'] or name in listener.get('proxies', ()):
                return listener['port']
        raise KeyError(f'{self.name} has no listener {name}: {self.listeners}')

    def stop(self):
        """SIGTERM, as an operator would; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def make_broker(folder, profile='activemq', extra=(), **ports):
    """A mockbroker on free ports, or on those given: ws=61614."""
    arguments = ['--profile', profile, *extra]
    for name in ('ws', 'stomp', 'console'):
        arguments += [f'--{name}', ports.get(name, 0)]
    return Service('mockbroker', arguments, folder)


def make_gateway(folder, config, broker_port, extra=()):
    """A gateway with the example's ports on free ones, and its broker at `broker_port`."""
    maps = [f'{port}=0' for port in (4443, 4444, 9000)] + [f'61614={broker_port}']
    arguments = ['-c', config, '--bind', '127.0.0.1', '--drain-time', 2]
    for one in maps:
        arguments += ['--map-port', one]
    return Service('gateway', [*arguments, *extra], folder)


def activemq_ports():
    """Of the broker of `ci/activemq run`: 'ws', 'stomp', 'console'."""
    return json.loads(pathlib.Path(os.environ['AMQ_READY_FILE']).read_text())


def make_certificate(store):
    subprocess.run([ROOT / 'ci/make_certificate', store], check=True)


def trust(example):
    """TLS that trusts the example's certificate only."""
    return ssl.create_default_context(cafile=example / 'membrane.pem')


def fetch_library(package, file, destination):
    subprocess.run([ROOT / 'ci/fetch_npm', package, file, destination], check=True)


def fetch_modules(*packages):
    """A folder for NODE_PATH with these packages."""
    folder = ROOT / 'build/npm/modules'
    for package in packages:
        subprocess.run([ROOT / 'ci/fetch_npm', package, folder / package], check=True)
    return folder


def complete_example(folder):
    """Adds what is not committed: the certificate and the page's library."""
    make_certificate(folder / 'membrane.p12')
    fetch_library('@stomp/stompjs', 'bundles/stomp.umd.min.js', folder / 'www/stomp.umd.min.js')


def copy_example(to):
    """A complete copy of the example, for a test to use up."""
    shutil.copytree(EXAMPLE, to, ignore=shutil.ignore_patterns('*.p12', '*.pem'))
    complete_example(to)
    return to
