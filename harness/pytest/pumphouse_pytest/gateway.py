"""A gateway with a file that is made for other ports, and that may lack its keystore."""
import pathlib
import re
import ssl
import subprocess
import tempfile

import pytest

from .control import Program

STORE = re.compile(r'<(?:\w+:)?(?:keystore|truststore)\b[^>]*')
ATTRIBUTE = re.compile(r'\b(location|password)="([^"]*)"')
PROXY_PORT = re.compile(r'<(?:\w+:)?(?:serviceProxy|proxy)\b[^>]*\bport="(\d+)"')
START_LIMIT = 20  # seconds


def missing_stores(text, folder):
    """PKCS#12 files in or below `folder` that a configuration names and that are not there, with
    their passwords."""
    found = {}
    for each in STORE.findall(text):
        store = dict(ATTRIBUTE.findall(each))
        name = pathlib.PurePath(store.get('location', ''))
        is_below = not name.is_absolute() and '..' not in name.parts
        if name.suffix == '.p12' and is_below and not (folder / name).exists():
            found.setdefault(name, store.get('password', ''))
    return found


def _mirror(folder, into, own):
    """Makes `into`, with links to all that `folder` has; folders of `own` are folders in it."""
    into.mkdir()
    for each in folder.iterdir() if folder.is_dir() else ():
        if each not in own:
            (into / each.name).symlink_to(each.absolute())
    for each in own:
        if each.parent == folder:
            _mirror(each, into / each.name, own)


class Gateway:
    """A gateway in front of the broker; every port of its file is mapped to a free one, and each
    keystore that is missing is made in a copy of the file's folder."""

    def __init__(self, programs, config, broker):
        config = pathlib.Path(config)
        if not config.exists():
            raise pytest.UsageError(f'gateway: there is no {config.absolute()}; paths are relative '
                                    'to the folder in which pytest was started')
        text = config.read_text()
        binary = programs.binary('gateway')
        self._made = None
        stores = missing_stores(text, config.parent)
        if stores:
            config = self._with_stores(binary, config, stores)
        ports = sorted(set(PROXY_PORT.findall(text)))
        arguments = ['-c', config, '--bind', '127.0.0.1', '--drain-time', 1,
                     *(f'--map-port={port}=0' for port in ports),
                     f'--map-port=61614={broker.program.port("ws")}',
                     f'--map-port=61613={broker.program.port("stomp")}']
        self.program = Program(binary, arguments, programs.folder)
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def _with_stores(self, binary, config, stores):
        self._made = tempfile.TemporaryDirectory(prefix='stomp-')
        folder = pathlib.Path(self._made.name) / 'config'
        own = {config.parent / above for name in stores for above in name.parents}
        _mirror(config.parent, folder, own - {config.parent})
        for name, password in stores.items():
            subprocess.run([binary, 'keystore', folder / name, '--password', password],
                           check=True, timeout=START_LIMIT)
        return folder / config.name

    def url(self, port, path='/', scheme=None):
        """Where the proxy with this port, as written, listens; wss where it has TLS."""
        if scheme is None:
            scheme = 'wss' if self.program.is_tls(str(port)) else 'ws'
        return f'{scheme}://localhost:{self.program.port(str(port))}{path}'

    def stop(self):
        self.program.stop()
        if self._made:
            self._made.cleanup()
