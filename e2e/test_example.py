"""The example as a person starts it."""
import subprocess

import processes
import wire


def test_service_proxy(services):
    """service-proxy.sh makes what is missing and runs the gateway in its place."""
    options = ['--bind', '127.0.0.1', *(f'--map-port={port}=0' for port in (4443, 4444, 9000))]
    script = processes.EXAMPLE / 'service-proxy.sh'
    gateway = services(lambda folder: processes.Service('gateway', options, folder, script))
    context = processes.trust(processes.EXAMPLE)
    page = f'https://localhost:{gateway.port("0.0.0.0:4443")}'
    assert b'<h2>Messages:</h2>' in wire.get(page + '/', context).body
    assert b'StompJs' in wire.get(page + '/stomp.umd.min.js', context).body
    assert gateway.stop() == 0


def test_nothing_secret_is_committed():
    """Keys are made on the spot and stay out of the repository."""
    names = subprocess.run(['git', '-c', 'safe.directory=*', 'ls-files'], cwd=processes.ROOT,
                           capture_output=True, text=True, check=True).stdout.split('\n')
    assert not [n for n in names if n.endswith(('.p12', '.pem', '.key', '.umd.min.js'))]
